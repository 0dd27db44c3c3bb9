//! Rights as Terraform takes them. Pure.

use std::fmt::Write;

use super::policy::Statement;

/// A user with these rights. Its access key is not made here: Terraform would keep the secret in its state.
pub(super) fn terraform(bucket: &str, statements: &[Statement]) -> String {
    let mut text = String::from("data \"aws_iam_policy_document\" \"holdfast\" {\n");
    for (at, one) in statements.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        statement(&mut text, one);
    }
    let name = quoted(&format!("holdfast-{bucket}"));
    let _always_fits = write!(
        text,
        "}}\n\n\
         resource \"aws_iam_user\" \"holdfast\" {{\n  name = {name}\n}}\n\n\
         resource \"aws_iam_user_policy\" \"holdfast\" {{\n  name   = {name}\n  user   = aws_iam_user.holdfast.name\n  \
         policy = data.aws_iam_policy_document.holdfast.json\n}}\n"
    );
    text
}

fn statement(text: &mut String, one: &Statement) {
    let actions: Vec<_> = one.actions.iter().map(|action| quoted(action)).collect();
    let _always_fits = write!(
        text,
        "  statement {{\n    sid       = {}\n    actions   = [{}]\n    resources = [{}]\n",
        quoted(one.sid),
        actions.join(", "),
        quoted(&one.resource)
    );
    if let Some(below) = &one.below {
        let _always_fits = write!(
            text,
            "\n    condition {{\n      test     = \"StringLike\"\n      variable = \"s3:prefix\"\n      values   = [{}]\n    }}\n",
            quoted(below)
        );
    }
    text.push_str("  }\n");
}

/// Text that means itself between quotes (Terraform language, "Strings and templates").
pub(super) fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${").replace("%{", "%%{");
    format!("\"{}\"", text.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_means_itself() {
        for (text, want) in [
            ("plain", r#""plain""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("${*}", r#""$${*}""#),
            ("50%{x}", r#""50%%{x}""#),
            ("a\nb", r#""a\nb""#),
        ] {
            assert_eq!(quoted(text), want);
        }
    }

    #[test]
    fn a_user_with_its_rights_is_one_file() {
        let one = Statement {
            sid: "HoldfastLists",
            actions: vec!["s3:ListBucket", "s3:ListBucketVersions"],
            resource: "arn:aws:s3:::photos".into(),
            below: Some("mara/*".into()),
        };
        let want = r#"data "aws_iam_policy_document" "holdfast" {
  statement {
    sid       = "HoldfastLists"
    actions   = ["s3:ListBucket", "s3:ListBucketVersions"]
    resources = ["arn:aws:s3:::photos"]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["mara/*"]
    }
  }
}

resource "aws_iam_user" "holdfast" {
  name = "holdfast-photos"
}

resource "aws_iam_user_policy" "holdfast" {
  name   = "holdfast-photos"
  user   = aws_iam_user.holdfast.name
  policy = data.aws_iam_policy_document.holdfast.json
}
"#;
        assert_eq!(terraform("photos", &[one]), want);
    }
}
