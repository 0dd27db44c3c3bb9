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

/// A regular expression, and what stands in every line that it fits: at least one of the signs, in any case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    signs: &'static [&'static str],
    pub(super) pattern: &'static str,
}

impl Shape {
    /// Whether it may be in a line, which is given in lower case. Asking costs some nanoseconds, compiling a pattern a
    /// millisecond.
    pub(super) fn may_be_in(&self, lower_case: &[u8]) -> bool {
        self.signs.iter().any(|sign| memchr::memmem::find(lower_case, sign.as_bytes()).is_some())
    }
}

const fn shape(signs: &'static [&'static str], pattern: &'static str) -> Shape {
    Shape { signs, pattern }
}

/// Every known shape. Signs are in lower case.
pub(super) const SHAPES: &[Shape] = &[
    // Keys and tokens that tell what they are.
    shape(
        &["akia", "asia", "abia", "acca", "agpa", "aida", "anpa", "aroa"],
        r"\b(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|ANPA|AROA)[A-Z0-9]{16}\b",
    ),
    shape(&["gho_", "ghp_", "ghr_", "ghs_", "ghu_"], r"\bgh[oprsu]_[A-Za-z0-9]{36,255}"),
    shape(&["github_pat_"], r"\bgithub_pat_[A-Za-z0-9_]{22,255}"),
    shape(
        &[
            "glagent-", "glcbt-", "gldt-", "glffct-", "glft-", "glimt-", "gloas-", "glpat-", "glptt-", "glrt-",
            "glsoat-",
        ],
        r"\bgl(?:agent|cbt|dt|ffct|ft|imt|oas|pat|ptt|rt|soat)-[A-Za-z0-9_.-]{20,}",
    ),
    shape(&["xox"], r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    shape(&["xapp-"], r"\bxapp-[A-Za-z0-9-]{10,}"),
    shape(&["hooks.slack.com/"], r"hooks\.slack\.com/(?:services|workflows)/(?<secret>[A-Za-z0-9/_-]{20,})"),
    shape(&["k_live_", "k_test_"], r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}"),
    shape(&["whsec_"], r"\bwhsec_[A-Za-z0-9+/=]{20,}"),
    shape(&["sk-"], r"\bsk-[A-Za-z0-9_-]{20,}"),
    shape(&["aiza"], r"\bAIza[A-Za-z0-9_-]{35}"),
    shape(&["ya29."], r"\bya29\.[A-Za-z0-9_.-]{20,}"),
    shape(&["gocspx-"], r"\bGOCSPX-[A-Za-z0-9_-]{20,}"),
    shape(&["npm_"], r"\bnpm_[A-Za-z0-9]{36}"),
    shape(&["pypi-"], r"\bpypi-[A-Za-z0-9_-]{50,}"),
    shape(&["hf_"], r"\bhf_[A-Za-z0-9]{30,}"),
    shape(&["_v1_"], r"\bdo[opr]_v1_[a-f0-9]{64}"),
    shape(&["sg."], r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    shape(&["hvb.", "hvs."], r"\bhv[bs]\.[A-Za-z0-9_-]{20,}"),
    shape(&["age-secret-key-1"], r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    shape(&["eyj"], r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    shape(
        &["-----begin "],
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?<secret>.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)",
    ),
    // Values with names that say so.
    shape(
        &["pass", "pwd", "secret", "token", "key", "credential"],
        concat!(r"(?i)\b[a-z0-9_]*", names!(), "=", value!()),
    ),
    shape(
        &["pass", "token", "secret", "key"],
        concat!(
            r"(?i)(?:^|\s)--?[a-z0-9-]*(?:password|passwd|passphrase|pass|token|secret|api-?key|access-key|secret-key)[=\s]\s*",
            value!()
        ),
    ),
    shape(
        &["pass", "pwd", "secret", "token", "key", "credential"],
        concat!(r#"(?i)["'][a-z0-9_-]*"#, names!(), r#"["']\s*:\s*"(?<secret>(?:[^"\\]|\\.)+)""#),
    ),
    shape(
        &["authorization"],
        r#"(?i)\b(?:proxy-)?authorization\s*:\s*(?:(?:bearer|basic|token|digest|negotiate|apikey)\s+)?(?<secret>[^\s"']+)"#,
    ),
    shape(
        &["key", "token", "secret"],
        r#"(?i)\b(?:x-[a-z-]*(?:key|token|secret)|private-token|job-token|api-key)\s*:\s*(?<secret>[^\s"']+)"#,
    ),
    shape(&["cookie"], r#"(?i)\bcookie\s*:\s*(?<secret>[^"'\n]+)"#),
    shape(&["://"], r#"(?i)\b[a-z][a-z0-9+.-]*://[^\s/:@'"]*:(?<secret>[^\s/'"]+)@"#),
    // Options of single programs.
    shape(
        &["mysql", "mariadb"],
        concat!(
            r"\b(?:mysql|mysqladmin|mysqldump|mysqlimport|mysqlsh|mariadb|mariadb-admin|mariadb-dump)\s",
            further!(),
            "-p",
            value!()
        ),
    ),
    shape(&["sshpass"], concat!(r"\bsshpass\s+(?:-[a-zA-Z]+\s+)*?-p\s*", value!())),
    shape(
        &["login"],
        concat!(
            r"\b(?:docker|podman|nerdctl|helm|oc|az|skopeo|buildah)\s",
            further!(),
            r"login\s",
            further!(),
            r"-p[\s=]\s*",
            value!()
        ),
    ),
    shape(&["redis-cli"], concat!(r"\bredis-cli\s", further!(), r"-a\s*", value!())),
    shape(
        &["curl", "wget", "http", "xh"],
        concat!(
            r"\b(?:curl|wget|http|https|xh)\s",
            further!(),
            r#"(?:-[uUa]|--user|--proxy-user|--auth)[\s=]?\s*["']?[^\s:"']+:(?<secret>[^\s"']+)"#
        ),
    ),
    shape(&["pass:"], concat!(r"\bpass:", value!())),
    shape(&["convertto-securestring"], concat!(r"(?i)\bConvertTo-SecureString\s+(?:-String\s+)?", value!())),
];
