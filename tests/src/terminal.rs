//! A program in a terminal of its own: what is typed into it, and what stands on its screen.

use std::{
    io::{Read, Write},
    num::NonZero,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// So long something may need to appear; it takes a moment unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(90);
/// What programs ask a terminal for, and an answer: some wait for it.
const QUESTION: &[u8] = b"\x1b[0c";
const SHORT_QUESTION: &[u8] = b"\x1b[c";
const ANSWER: &[u8] = b"\x1b[?62;22c";

/// A terminal with a program in it. The program is killed when this is dropped.
pub struct Terminal {
    screen: Arc<Mutex<vt100::Parser>>,
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
}

/// How a program is started.
pub struct Start<'a> {
    /// The program and its arguments.
    pub command: &'a [&'a str],
    /// The whole environment.
    pub variables: &'a [(&'a str, &'a str)],
    /// Where it runs.
    pub folder: &'a Path,
    /// Columns and rows.
    pub size: (u16, u16),
}

impl Terminal {
    /// Starts a program.
    pub fn start(start: &Start<'_>) -> Self {
        let (cols, rows) = start.size;
        let pair =
            native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).expect("a terminal");
        let mut command = CommandBuilder::new(start.command[0]);
        command.args(&start.command[1..]);
        command.env_clear();
        start.variables.iter().for_each(|(name, value)| command.env(name, value));
        command.cwd(start.folder);
        let child = pair.slave.spawn_command(command).expect("the program");
        let writer = Arc::new(Mutex::new(pair.master.take_writer().expect("its input")));
        let screen = Arc::new(Mutex::new(vt100::Parser::new(cells(rows), cells(cols), 1_000)));
        let reader = pair.master.try_clone_reader().expect("its output");
        let (to, answer) = (screen.clone(), writer.clone());
        std::thread::spawn(move || read_all(reader, &to, &answer));
        Self { screen, writer, child, _master: pair.master }
    }

    /// Types keys as they are.
    pub fn keys(&self, keys: &str) {
        let mut writer = self.writer.lock().expect("the terminal");
        writer.write_all(keys.as_bytes()).and_then(|()| writer.flush()).expect("typing");
    }

    /// Types a line and presses Enter.
    pub fn line(&self, line: &str) {
        self.keys(&format!("{line}\r"));
    }

    /// What stands on the screen.
    pub fn text(&self) -> String {
        self.screen.lock().expect("the screen").screen().contents()
    }

    /// Waits until the screen shows something.
    pub fn wait_for(&self, text: &str) {
        self.wait_until(text, |screen| screen.contains(text));
    }

    /// Waits until the screen is as wanted.
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        eventually(|| is_so(&self.text()).then_some(())).unwrap_or_else(|| panic!("no {what} in\n{}", self.text()));
    }

    /// Waits for the program's end.
    pub fn wait_for_end(&mut self) -> u32 {
        let ended = eventually(|| self.child.try_wait().expect("the program"));
        ended.unwrap_or_else(|| panic!("it does not end\n{}", self.text())).exit_code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cells(number: u16) -> NonZero<u16> {
    NonZero::new(number).expect("a terminal with room")
}

/// Asks again until there is an answer, or nothing when it takes too long.
pub fn eventually<T>(mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    None
}

fn read_all(mut reader: Box<dyn Read + Send>, screen: &Mutex<vt100::Parser>, writer: &Mutex<Box<dyn Write + Send>>) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = reader.read(&mut bytes) {
        let part = &bytes[..count];
        screen.lock().expect("the screen").process(part);
        let asks =
            [QUESTION, SHORT_QUESTION].iter().any(|question| part.windows(question.len()).any(|at| at == *question));
        if asks {
            let _ = writer.lock().expect("the terminal").write_all(ANSWER);
        }
    }
}
