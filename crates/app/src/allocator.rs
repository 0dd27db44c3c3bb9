//! How the programs' allocator is set. It asks nothing of the system; a program that has another allocator is not touched.

/// The number of mimalloc's option `purge_delay` (mimalloc.h, `mi_option_purge_delay`).
const PURGE_DELAY: i32 = 15;

/// Lets memory that is not used any more go back to the system at once, instead of a second later: content comes and goes
/// in megabytes, and what waits to go back would count as ours. To be called first thing, while there is one thread.
#[allow(unsafe_code)]
pub fn give_back_at_once() {
    // SAFETY: it sets a number; nothing else runs yet that could read it.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, 0) }
}
