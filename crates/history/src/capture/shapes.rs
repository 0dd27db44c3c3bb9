//! What secrets look like in command lines. A shape is a regular expression; its group `secret` is what is replaced,
//! the whole match where it has none.

/// A value: quoted, or up to the next space or operator of a shell.
macro_rules! value {
    () => {
        r#"(?<secret>(?:'[^']*(?:'|\z)|"(?:[^"\\]|\\.)*(?:"|\z)|\\.|[^\s'"\\;|&<>()])+)"#
    };
}

/// More words of the same simple command, as few as possible.
macro_rules! further {
    () => {
        r"(?:[^|;&\n]*?\s)?"
    };
}

/// Names that hold secrets when something is assigned to them.
macro_rules! names {
    () => {
        "(?:password|passwd|passphrase|secret|token|api_?key|access_?key|secret_?key|private_?key|credentials?|_pwd|_pass)"
    };
}

/// How a shape is written: without case, `.` for every byte, and bytes for characters, which is quicker.
pub(super) const FLAGS: &str = "(?s-u)";

/// Every known shape.
pub(super) const SHAPES: &[&str] = &[
    // Keys and tokens that tell what they are.
    r"\b(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|ANPA|AROA)[A-Z0-9]{16}\b",
    r"\bgh[oprsu]_[A-Za-z0-9]{36,255}",
    r"\bgithub_pat_[A-Za-z0-9_]{22,255}",
    r"\bgl(?:agent|cbt|dt|ffct|ft|imt|oas|pat|ptt|rt|soat)-[A-Za-z0-9_.-]{20,}",
    r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"\bxapp-[A-Za-z0-9-]{10,}",
    r"hooks\.slack\.com/(?:services|workflows)/(?<secret>[A-Za-z0-9/_-]{20,})",
    r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}",
    r"\bwhsec_[A-Za-z0-9+/=]{20,}",
    r"\bsk-[A-Za-z0-9_-]{20,}",
    r"\bAIza[A-Za-z0-9_-]{35}",
    r"\bya29\.[A-Za-z0-9_.-]{20,}",
    r"\bGOCSPX-[A-Za-z0-9_-]{20,}",
    r"\bnpm_[A-Za-z0-9]{36}",
    r"\bpypi-[A-Za-z0-9_-]{50,}",
    r"\bhf_[A-Za-z0-9]{30,}",
    r"\bdo[opr]_v1_[a-f0-9]{64}",
    r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    r"\bhv[bs]\.[A-Za-z0-9_-]{20,}",
    r"AGE-SECRET-KEY-1[0-9A-Z]{58}",
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?<secret>.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)",
    // Values with names that say so.
    concat!(r"(?i)\b[a-z0-9_]*", names!(), "=", value!()),
    concat!(
        r"(?i)(?:^|\s)--?[a-z0-9-]*(?:password|passwd|passphrase|pass|token|secret|api-?key|access-key|secret-key)[=\s]\s*",
        value!()
    ),
    concat!(r#"(?i)["'][a-z0-9_-]*"#, names!(), r#"["']\s*:\s*"(?<secret>(?:[^"\\]|\\.)+)""#),
    r#"(?i)\b(?:proxy-)?authorization\s*:\s*(?:(?:bearer|basic|token|digest|negotiate|apikey)\s+)?(?<secret>[^\s"']+)"#,
    r#"(?i)\b(?:x-[a-z-]*(?:key|token|secret)|private-token|job-token|api-key)\s*:\s*(?<secret>[^\s"']+)"#,
    r#"(?i)\bcookie\s*:\s*(?<secret>[^"'\n]+)"#,
    r#"(?i)\b[a-z][a-z0-9+.-]*://[^\s/:@'"]*:(?<secret>[^\s/'"]+)@"#,
    // Options of single programs.
    concat!(
        r"\b(?:mysql|mysqladmin|mysqldump|mysqlimport|mysqlsh|mariadb|mariadb-admin|mariadb-dump)\s",
        further!(),
        "-p",
        value!()
    ),
    concat!(r"\bsshpass\s+(?:-[a-zA-Z]+\s+)*?-p\s*", value!()),
    concat!(
        r"\b(?:docker|podman|nerdctl|helm|oc|az|skopeo|buildah)\s",
        further!(),
        r"login\s",
        further!(),
        r"-p[\s=]\s*",
        value!()
    ),
    concat!(r"\bredis-cli\s", further!(), r"-a\s*", value!()),
    concat!(
        r"\b(?:curl|wget|http|https|xh)\s",
        further!(),
        r#"(?:-[uUa]|--user|--proxy-user|--auth)[\s=]?\s*["']?[^\s:"']+:(?<secret>[^\s"']+)"#
    ),
    concat!(r"\bpass:", value!()),
    concat!(r"(?i)\bConvertTo-SecureString\s+(?:-String\s+)?", value!()),
];
