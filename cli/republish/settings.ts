/** Which settings it takes to have something republished: those of the application that is to do it. */
export { LIVE_SETTINGS as REPUBLISH_SETTINGS, type LiveSettings as RepublishSettings } from "../live/settings.js";
