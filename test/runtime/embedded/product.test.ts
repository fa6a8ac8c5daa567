/** What the product does, in the embedded engine. */
import { productTests } from "../product/product-tests.js";
import { EMBEDDED } from "./support/product-host.js";

productTests(EMBEDDED);
