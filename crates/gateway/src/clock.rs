//! The time of day as the gateway knows it. It is handed in, because computers' clocks are wrong at times, and what happens
//! then can be tried. It is asked for dates and for times that are told; how long something takes is measured by the
//! clock since start, which nobody sets.

use std::{fmt, sync::Arc};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// A time that lies further ahead than this, in seconds, was told by a clock that was wrong: S3 refuses requests whose
/// time is as far off.
pub(crate) const SKEW: f64 = 900.0;

/// Tells the time of day. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The computer's.
    pub fn system() -> Self {
        Self::of(Timestamp::now)
    }

    /// One that tells what `tell` does.
    pub fn of(tell: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Now, in Unix seconds.
    pub(crate) fn seconds(&self) -> f64 {
        (self.0)().as_millisecond() as f64 / 1e3
    }

    /// Now, in whole Unix seconds.
    pub(crate) fn second(&self) -> i64 {
        (self.0)().as_second()
    }

    /// Today in UTC.
    pub(crate) fn today(&self) -> Date {
        (self.0)().to_zoned(TimeZone::UTC).date()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
