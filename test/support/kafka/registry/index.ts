/** A real schema registry for tests. */
export { Registry, type RegistryOptions, startRegistry } from "./registry.js";
