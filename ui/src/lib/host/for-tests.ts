export type { Host } from "./host";
export { memoryHost } from "./memory";
export { hurry } from "./memory-work";
