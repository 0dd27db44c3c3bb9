//! Dates as FHIR R4 writes them (`date`, `dateTime`): as exact as they are known.

use holdfast_journal::Millis;
use jiff::{Timestamp, civil, tz::TimeZone};

/// A year, a month, a day, or a moment with its time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct When {
    begins: Millis,
    ends: Millis,
}

impl When {
    /// Reads `2024`, `2024-03`, `2024-03-05` or `2024-03-05T10:00:00+01:00`. Anything else is no date.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 10 {
            return Self::moment(text);
        }
        let mut parts = text.split('-');
        let year = number(parts.next()?, 4)?;
        let month = parts.next().map(|part| number(part, 2)).map_or(Some(None), |part| part.map(Some))?;
        let day = parts.next().map(|part| number(part, 2)).map_or(Some(None), |part| part.map(Some))?;
        if parts.next().is_some() {
            return None;
        }
        let first = civil::Date::new(year, month.unwrap_or(1) as i8, day.unwrap_or(1) as i8).ok()?;
        let last = match (month, day) {
            (None, _) => civil::Date::new(year, 12, 31).ok()?,
            (Some(_), None) => first.last_of_month(),
            (Some(_), Some(_)) => first,
        };
        Some(Self { begins: midnight(first)?, ends: midnight(last)? + holdfast_journal::DAY - 1 })
    }

    fn moment(text: &str) -> Option<Self> {
        if text.as_bytes().get(10) != Some(&b'T') {
            return None;
        }
        let at = text.parse::<Timestamp>().ok()?.as_millisecond();
        Some(Self { begins: at, ends: at })
    }

    /// Its first millisecond since 1970; days are taken as days of UTC.
    pub fn begins(self) -> Millis {
        self.begins
    }

    /// Its last millisecond.
    pub fn ends(self) -> Millis {
        self.ends
    }
}

fn number(text: &str, digits: usize) -> Option<i16> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn midnight(date: civil::Date) -> Option<Millis> {
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_as_exact_as_it_is_known_and_nothing_else_is_one() {
        for (text, begins, ends) in [
            ("1970", 0, 31_535_999_999),
            ("1970-01", 0, 2_678_399_999),
            ("1970-01-01", 0, 86_399_999),
            ("1972-02", 65_750_400_000, 68_255_999_999),
            ("1970-01-01T01:00:00+01:00", 0, 0),
            ("1970-01-01T00:00:01.5Z", 1_500, 1_500),
        ] {
            assert_eq!(When::parse(text), Some(When { begins, ends }), "{text}");
        }
        for bad in [
            "",
            "70",
            "1970-1",
            "1970-13",
            "1970-02-30",
            "1970-01-01-01",
            "+970",
            "1970-01-01T00:00:00",
            "1970/01/01",
            "1970-01-01 00:00:00Z",
            "1970-01-",
            "yesterday",
            "１９７０",
        ] {
            assert_eq!(When::parse(bad), None, "{bad}");
        }
    }
}
