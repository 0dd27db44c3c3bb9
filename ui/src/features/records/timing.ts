/** When the page asks other devices, tells that somebody is there, and locks itself. Pure; the times are handed in. */

/** Other devices are asked once in so long while somebody looks. */
export const ASK_MS = 45_000;
/** The core is told that somebody is there at most once in so long. */
export const TELL_MS = 30_000;
/** What was entered and not saved waits so much longer for whoever was called away. */
export const HOLD_MS = 5 * 60_000;

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
  /** Something was entered and is not saved. */
  entering: boolean;
  /** 0 for never. */
  lockAfterMinutes: number;
};
export type Step = "lock" | "tell" | "ask" | "wait";

const lockAfter = (at: Moment): number => at.lockAfterMinutes * 60_000 + (at.entering ? HOLD_MS : 0);
/** While what was entered holds the lock: minutes that are left for it, else null. */
export function held(at: Moment): number | null {
  const idle = at.now - at.used;
  return at.entering && at.lockAfterMinutes > 0 && idle >= at.lockAfterMinutes * 60_000 ? Math.max(1, Math.ceil((lockAfter(at) - idle) / 60_000)) : null;
}

export function nextStep(at: Moment): Step {
  if (at.lockAfterMinutes > 0 && at.now - at.used >= lockAfter(at)) return "lock";
  if ((at.entering || (at.visible && at.used > at.told)) && at.now - at.told >= TELL_MS) return "tell";
  if (!at.visible) return "wait";
  if (!at.busy && at.now - at.asked >= ASK_MS) return "ask";
  return "wait";
}
