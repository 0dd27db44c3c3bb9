//! The `holdfast` program itself: run to its end, or killed in the middle, with folders of its own and nothing else.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// The program that was built with these tests.
pub fn program() -> PathBuf {
    let named = std::env::var_os("HOLDFAST_CLI").map(PathBuf::from);
    let path = named.unwrap_or_else(|| {
        let here = std::env::current_exe().expect("this program");
        here.ancestors().nth(2).expect("the target folder").join(format!("holdfast{}", std::env::consts::EXE_SUFFIX))
    });
    assert!(path.is_file(), "{} is not there; build it first: cargo build -p holdfast", path.display());
    path
}

/// One person's Holdfast: its own settings, data and home.
pub struct Home {
    /// All of it.
    pub folder: TempDir,
}

/// What a run of the program left.
#[derive(Debug)]
pub struct Ended {
    /// Exit code; `None` when it was killed.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ended {
    /// Runs a command to its end.
    pub async fn of(command: &mut Command) -> Self {
        Self::from(command.output().await.expect("the program"))
    }

    /// Runs a command and presses Ctrl-C at a moment.
    #[cfg(unix)]
    pub async fn interrupted(command: &mut Command, moment: impl Future) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
        moment.await;
        let id = child.id().and_then(|id| rustix::process::Pid::from_raw(id as i32)).expect("a running program");
        rustix::process::kill_process(id, rustix::process::Signal::INT).expect("it is asked");
        Self::from(child.wait_with_output().await.expect("its end"))
    }

    /// The JSON value that `--json` prints, which must be all of standard output.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|why| panic!("no JSON ({why}): {self:?}"))
    }

    /// The JSON value of a run that ended with 0.
    pub fn done(&self) -> Value {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.json()
    }
}

impl From<std::process::Output> for Ended {
    fn from(output: std::process::Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Home {
    /// A new one.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    /// The program with arguments, in an environment without anything of the person who runs the tests.
    pub fn command(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        self.command_of(&program(), args)
    }

    /// Another program, in the same environment.
    pub fn command_of(&self, program: &Path, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(program);
        command.args(args).env_clear().stdin(Stdio::null()).kill_on_drop(true);
        for (name, folder) in [("HOME", "home"), ("HOLDFAST_CONFIG_DIR", "config"), ("HOLDFAST_DATA_DIR", "data")] {
            command.env(name, self.folder.path().join(folder));
        }
        command.env("TZ", "UTC").env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    /// Runs it to its end.
    pub async fn run(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ended {
        self.run_with(args, &[]).await
    }

    /// Runs it to its end with more variables.
    pub async fn run_with(
        &self,
        args: impl IntoIterator<Item = impl AsRef<OsStr>>,
        variables: &[(&str, &str)],
    ) -> Ended {
        Ended::of(self.command(args).envs(variables.iter().copied())).await
    }

    /// Begins to run it, without output.
    pub fn begin(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Child {
        self.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program")
    }
}

/// Kills a program as the power does.
pub async fn kill(mut child: Child) -> ExitStatus {
    child.start_kill().expect("a running program");
    child.wait().await.expect("its end")
}

/// `holdfast bucket serve` as a process of its own.
pub struct ServedBucket {
    /// What it printed when it was ready.
    pub ready: Value,
    /// Where its files are.
    pub folder: TempDir,
    child: Child,
    _home: Home,
}

impl ServedBucket {
    /// Over a new folder.
    pub async fn start() -> Self {
        let (home, folder) = (Home::new(), tempfile::tempdir().expect("a folder"));
        let args =
            ["bucket".as_ref(), "serve".as_ref(), "--json".as_ref(), "--dir".as_ref(), folder.path().as_os_str()];
        let mut child = home.command(args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let line = lines.next_line().await.expect("its output").expect("a line when it is ready");
        let ready = serde_json::from_str(&line).expect("one line of JSON");
        Self { ready, folder, child, _home: home }
    }

    /// A field of what it printed.
    pub fn field(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.ready))
    }

    /// The store URL with another address before the bucket.
    pub fn store_url(&self, endpoint: &str) -> String {
        let mut url = url::Url::parse(self.field("store_url")).expect("a URL");
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let pairs = pairs.iter().map(|(name, value)| (name, if name == "endpoint" { endpoint } else { value }));
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        url.set_query(Some(&query));
        url.into()
    }

    /// Ends it politely; it must end with 0.
    pub async fn stop(mut self) {
        let id = rustix::process::Pid::from_raw(self.child.id().expect("a running program") as i32).expect("its id");
        rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("a signal");
        assert_eq!(self.child.wait().await.expect("its end").code(), Some(0));
    }
}

/// Every file below a folder, by relative path.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let all = walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.expect("a readable folder"));
    let files = all.filter(|entry| !entry.file_type().is_dir());
    files.map(|entry| entry.path().strip_prefix(folder).expect("below it").to_owned()).collect()
}
