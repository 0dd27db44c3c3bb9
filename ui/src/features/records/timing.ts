/** When the page asks other devices, tells that somebody is there, and locks itself. Pure; the times are handed in. */

/** Other devices are asked once in so long while somebody looks. */
export const ASK_MS = 45_000;
/** The core is told that somebody is there at most once in so long. */
export const TELL_MS = 30_000;

export type Moment = {
  now: number;
  /** Whether the page is in front of somebody. */
  visible: boolean;
  /** The last key, pointer or touch. */
  used: number;
  /** When the core was last told so. */
  told: number;
  /** When other devices were last asked. */
  asked: number;
  /** An exchange with the place is under way. */
  busy: boolean;
  /** 0 for never. */
  lockAfterMinutes: number;
};
export type Step = "lock" | "tell" | "ask" | "wait";

export function nextStep(at: Moment): Step {
  if (at.lockAfterMinutes > 0 && at.now - at.used >= at.lockAfterMinutes * 60_000) return "lock";
  if (!at.visible) return "wait";
  if (at.used > at.told && at.now - at.told >= TELL_MS) return "tell";
  if (!at.busy && at.now - at.asked >= ASK_MS) return "ask";
  return "wait";
}
