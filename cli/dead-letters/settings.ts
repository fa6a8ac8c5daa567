/** Which settings it takes to find the dead letters: those of the application that they are of. */
export { LIVE_SETTINGS as DEAD_LETTERS_SETTINGS, type LiveSettings as DeadLettersSettings } from "../live/settings.js";
