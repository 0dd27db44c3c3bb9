use proptest::prelude::*;

use super::*;

fn redacted(line: &str) -> (String, usize) {
    let mut bytes = line.as_bytes().to_vec();
    let count = Redactor::default().redact(&mut bytes);
    let mut alone = line.as_bytes().to_vec();
    let count_alone = Redactor::for_line(&alone, &[]).unwrap().redact(&mut alone);
    assert_eq!((&alone, count_alone), (&bytes, count), "by what the line has signs of: {line}");
    (String::from_utf8(bytes).unwrap(), count)
}

/// Token shapes are put together here, so that no scanner takes this file for a leak.
fn token(start: &str, length: usize) -> String {
    format!("{start}{}", "a1B2c3D4".chars().cycle().take(length).collect::<String>())
}

#[test]
fn tokens_of_known_shape_go_and_the_line_stays() {
    let upper = token("AKIA", 16).to_uppercase();
    for secret in [
        upper,
        token("ghp_", 36),
        token("github_pat_", 40),
        token("glpat-", 20),
        token("xoxb-", 24),
        token("sk_live_", 24),
        token("rk_test_", 24),
        token("sk-", 40),
        token("sk-proj-", 40),
        token("AIza", 35),
        token("ya29.", 40),
        token("npm_", 36),
        format!("{}.{}.{}", token("eyJ", 20), token("eyJ", 30), token("", 20)),
    ] {
        let (line, count) = redacted(&format!("deploy {secret} --now"));
        assert_eq!((line.as_str(), count), ("deploy [redacted] --now", 1), "{secret}");
    }
}

#[test]
fn values_with_telling_names_go() {
    for (line, want) in [
        ("mysql --password hunter2 -u me", "mysql --password [redacted] -u me"),
        ("mysql --password=hunter2 -u me", "mysql --password=[redacted] -u me"),
        ("x --password 'hunter 2' y", "x --password '[redacted]' y"),
        ("x --password \"hunter \\\" 2\" y", "x --password \"[redacted]\" y"),
        ("x --github-token abc", "x --github-token [redacted]"),
        ("x --api-key=abc;ls", "x --api-key=[redacted];ls"),
        ("PASSWORD=hunter2 run", "PASSWORD=[redacted] run"),
        ("export AWS_SECRET_ACCESS_KEY=abc/def+1", "export AWS_SECRET_ACCESS_KEY=[redacted]"),
        ("PGPASSWORD='x y' psql", "PGPASSWORD='[redacted]' psql"),
        ("MYSQL_PWD=abc mysql", "MYSQL_PWD=[redacted] mysql"),
        ("curl 'https://x/?token=abc&b=1'", "curl 'https://x/?token=[redacted]&b=1'"),
        ("curl -H 'Authorization: Bearer abc.def' u", "curl -H 'Authorization: Bearer [redacted]' u"),
        ("curl -H \"authorization: Basic YWJj\" u", "curl -H \"authorization: Basic [redacted]\" u"),
        ("curl -H 'X-Api-Key: abc' u", "curl -H 'X-Api-Key: [redacted]' u"),
        ("curl -d '{\"password\": \"abc\"}' u", "curl -d '{\"password\": \"[redacted]\"}' u"),
        ("git clone https://me:hunter2@host/x", "git clone https://me:[redacted]@host/x"),
        ("psql postgres://me:p@ss@host/db", "psql postgres://me:[redacted]@host/db"),
        ("curl -u me:hunter2 u", "curl -u me:[redacted] u"),
        ("mysql -u me -phunter2 db", "mysql -u me -p[redacted] db"),
        ("mysqldump -p'a b' db", "mysqldump -p'[redacted]' db"),
        ("sshpass -p hunter2 ssh host", "sshpass -p [redacted] ssh host"),
        ("sshpass -phunter2 ssh host", "sshpass -p[redacted] ssh host"),
        ("docker login -u me -p hunter2 r", "docker login -u me -p [redacted] r"),
        ("openssl rsa -passin pass:abc", "openssl rsa -passin pass:[redacted]"),
    ] {
        assert_eq!(redacted(line), (want.to_owned(), 1), "{line}");
    }
    let key = "-----BEGIN OPENSSH PRIVATE KEY-----";
    let (line, count) = redacted(&format!("echo '{key}\nabc\ndef\n-----END OPENSSH PRIVATE KEY-----' > k"));
    assert_eq!((line, count), (format!("echo '{key}[redacted]-----END OPENSSH PRIVATE KEY-----' > k"), 1));
    assert_eq!(redacted(&format!("echo '{key}\nabc")).0, format!("echo '{key}[redacted]"));
}

#[test]
fn what_is_no_secret_stays() {
    for line in [
        "ls -la",
        "git commit -m 'password reset page'",
        "cd $PWD && OLDPWD=/tmp ls",
        "export PASSWORD=$(pass show x)",
        "x --password \"$PASS\" --token ${TOKEN} --secret `cat f`",
        "x --password --user me",
        "docker login --password-stdin",
        "docker build --secret id=npm,src=.npmrc .",
        "TOKENIZERS_PARALLELISM=false run",
        "ssh -p 22 host && mkdir -p a/b",
        "mysql -u me -p db",
        "curl http://localhost:8080/x@y",
        "git@github.com:me/x.git",
        "curl -H \"Authorization: Bearer $TOKEN\" u",
        "echo [redacted]",
        "PASSWORD=[redacted] x",
    ] {
        assert_eq!(redacted(line), (line.to_owned(), 0), "{line}");
    }
}

#[test]
fn own_patterns_are_used_and_a_bad_one_is_named() {
    let own = ["customer-(?<secret>[0-9]+)".to_owned(), "red".to_owned()];
    let redactor = Redactor::new(&own).unwrap();
    let mut line = b"show customer-4711 red".to_vec();
    assert_eq!(redactor.redact(&mut line), 2);
    assert_eq!(line, b"show customer-[redacted] [redacted]");
    assert_eq!(redactor.redact(&mut line), 0, "the mark itself is never looked into");
    let error = Redactor::new(&["(".to_owned()]).unwrap_err();
    assert!(error.to_string().starts_with("( is not a pattern"), "{error}");
}

#[test]
fn bytes_that_are_no_text_stay_as_they_are() {
    let mut entry = Entry::default();
    entry.set_command(b"x \xff --password a\xfeb".to_vec());
    assert_eq!(Redactor::default().redact_entry(&mut entry), 1);
    assert_eq!(entry.command_bytes.as_deref(), Some(&b"x \xff --password [redacted]"[..]));
}

/// Lines that are dense with what shapes are made of.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "--password ",
        "TOKEN=",
        "'",
        "\"",
        "\\",
        "$",
        "`",
        "[redacted]",
        "[redac",
        "ted]",
        "://",
        ":",
        "@",
        "a",
        "é",
        "Authorization: ",
        "Bearer ",
        "mysql ",
        " -p",
        "pass:",
        "AKIAABCDEFGHIJKLMNOP",
        "eyJaaaaaaaaaaa.aaaaaaaaaa.",
        "-----BEGIN PRIVATE KEY-----",
        ";",
        " ",
        "\n",
        "=",
        "sshpass ",
        "sk-aaaaaaaaaaaaaaaaaaaaaaa",
        "-",
    ]);
    let piece = prop_oneof![8 => pieces.prop_map(|text| text.as_bytes().to_vec()), 1 => any::<Vec<u8>>()];
    prop::collection::vec(piece, 0..24).prop_map(|all| all.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn redaction_never_panics_is_idempotent_and_lengthens_by_marks_only(line in lines()) {
        thread_local!(static REDACTOR: Redactor = Redactor::new(&["a+".to_owned(), String::new()]).unwrap());
        REDACTOR.with(|redactor| {
            let mut once = line.clone();
            let count = redactor.redact(&mut once);
            prop_assert!(once.len() <= line.len() + count * MARK.len());
            prop_assert_eq!(count == 0, once == line);
            let mut twice = once.clone();
            prop_assert_eq!(redactor.redact(&mut twice), 0);
            prop_assert_eq!(twice, once);
            Ok(())
        })?;
    }
}
