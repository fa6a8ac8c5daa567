/** The dead letters of the embedded engine. */
import { EmbeddedLetters } from "./embedded-host.js";
import { letterTests } from "./letter-tests.js";

letterTests("the dead letters of the embedded engine", () => EmbeddedLetters.start());
