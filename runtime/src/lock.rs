//! Locking what several threads use.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks it, also where a thread has panicked with the lock held: what is locked here is whole at any time, and one panic must not
/// become that of all.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
