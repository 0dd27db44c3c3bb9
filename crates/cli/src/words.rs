//! Numbers as people read them.

/// Bytes in decimal units, three figures: `1.84 GB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let decimals = if value < 9.995 {
        2
    } else if value < 99.95 {
        1
    } else {
        0
    };
    format!("{value:.decimals$} {}", UNITS[unit])
}

/// Dollars: `$0.0012`, `< $0.0001`, `free`.
pub fn usd(amount: f64) -> String {
    match amount {
        0.0 => "free".into(),
        small if small < 0.0001 => "< $0.0001".into(),
        some if some < 0.01 => format!("${some:.4}"),
        more => format!("${more:.2}"),
    }
}

/// Time left or taken: `850 ms`, `4.2 s`, `2 min 41 s`, `3 h 5 min`.
pub fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..=9 => format!("{:.1} s", milliseconds as f64 / 1000.0),
        10..=59 => format!("{seconds} s"),
        60..=3599 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A number with a comma between thousands.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 entry`, `1,200 entries`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `1 file`, `2 files`.
pub fn files(number: u64) -> String {
    format!("{} {}", count(number), if number == 1 { "file" } else { "files" })
}

/// Text from outside, made safe for a terminal: control characters are shown, not obeyed.
pub fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        for (n, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.00 KB"),
            (48_200_000, "48.2 MB"),
            (999_999, "1.00 MB"),
            (1_840_000_000, "1.84 GB"),
        ] {
            assert_eq!(bytes(n), text);
        }
        for (n, text) in [(0.0, "free"), (0.00001, "< $0.0001"), (0.0012, "$0.0012"), (1.234, "$1.23")] {
            assert_eq!(usd(n), text);
        }
        for (n, text) in [(850, "850 ms"), (4200, "4.2 s"), (161_000, "2 min 41 s"), (11_100_000, "3 h 5 min")] {
            assert_eq!(duration(n), text);
        }
        assert_eq!((files(1), files(18_714)), ("1 file".into(), "18,714 files".into()));
        assert_eq!(shown("a\u{1b}[31mb\n"), "a\u{fffd}[31mb\u{fffd}");
    }
}
