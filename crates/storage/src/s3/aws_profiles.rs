//! The names of the profiles in the AWS configuration files. It reads nothing else of them: keys stay where they are.

use std::{collections::BTreeSet, env, path::PathBuf};

/// The profiles that can be named, by name. None where there is no file or it cannot be read.
pub fn aws_profiles() -> Vec<String> {
    let text = |variable: &str, name: &str| {
        let path = env::var_os(variable).map(PathBuf::from).or_else(|| Some(home()?.join(".aws").join(name)));
        path.and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default()
    };
    names(&text("AWS_CONFIG_FILE", "config"), &text("AWS_SHARED_CREDENTIALS_FILE", "credentials"))
}

fn home() -> Option<PathBuf> {
    env::home_dir().filter(|home| !home.as_os_str().is_empty())
}

/// In `config` a profile is `[profile name]` or `[default]`, in `credentials` it is `[name]`.
fn names(config: &str, credentials: &str) -> Vec<String> {
    let in_config = sections(config).filter_map(|section| match section.strip_prefix("profile") {
        Some(name) if name.starts_with(char::is_whitespace) => Some(name.trim()),
        _ => (section == "default").then_some(section),
    });
    let all: BTreeSet<&str> = in_config.chain(sections(credentials)).filter(|name| !name.is_empty()).collect();
    all.into_iter().map(str::to_owned).collect()
}

fn sections(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| Some(line.strip_prefix('[')?.split_once(']')?.0.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_named_once_and_other_sections_are_none() {
        let config = "[default]\nregion = eu-west-1\n[profile work] # ours\nsso_session = corp\n[sso-session corp]\n[services x]\n[ profile  spaced ]\n[profile]\n";
        let credentials =
            "[work]\naws_access_key_id = AK\naws_secret_access_key = [not-a-section]\n[home]\n; [gone]\n[open\n";
        assert_eq!(names(config, credentials), ["default", "home", "spaced", "work"]);
        assert_eq!(names("", ""), Vec::<String>::new());
    }
}
