//! The terminal itself, whatever standard input and output are. It is given back as it was, also after a panic.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter},
};

use ratatui::{
    Frame, Terminal,
    backend::CrosstermBackend,
    crossterm::{
        event::{DisableBracketedPaste, EnableBracketedPaste},
        execute,
        terminal::{Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
    },
};

#[cfg(unix)]
const TERMINAL: &str = "/dev/tty";
#[cfg(windows)]
const TERMINAL: &str = "CONOUT$";

/// The terminal while the search has it.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<File>>>,
}

impl Screen {
    pub fn open() -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open(TERMINAL)?;
        let terminal = Terminal::new(CrosstermBackend::new(BufWriter::new(file)))?;
        enable_raw_mode()?;
        let mut screen = Self { terminal };
        // Not `Terminal::clear`: it asks the terminal where its cursor is, on standard output, which is no terminal here.
        execute!(screen.terminal.backend_mut(), EnterAlternateScreen, EnableBracketedPaste, Clear(ClearType::All))?;
        Ok(screen)
    }

    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(draw).map(drop)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = execute!(self.terminal.backend_mut(), DisableBracketedPaste, LeaveAlternateScreen);
        let _ = self.terminal.show_cursor();
        let _ = disable_raw_mode();
    }
}
