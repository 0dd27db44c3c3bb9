export type { Host } from "./host";
export { memoryHost } from "./memory";
