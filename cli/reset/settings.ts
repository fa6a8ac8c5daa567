/** Which settings it takes to find an application's state: those of the application that it is of. */
export { LIVE_SETTINGS as RESET_SETTINGS, type LiveSettings as ResetSettings } from "../live/settings.js";
