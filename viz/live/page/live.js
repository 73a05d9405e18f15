/* The explorer in a notebook: its page, linked to the kernel. */

import {} from "./main.js";
import { listenLink } from "./link.js";

listenLink();
