use super::*;

pub fn entry(number: u128, command: &str) -> Entry {
    Entry { entry_id: Uuid::from_u128(number), command: command.into(), ..Entry::default() }
}

fn here() -> Here {
    Here { host: "desk".into(), directory: "/src".into(), session: Some("s".into()) }
}

fn shown(commands: &[&str]) -> State {
    let mut state = State::new(String::new(), here(), true);
    let rows = commands.iter().enumerate().map(|(at, command)| entry(at as u128 + 1, command)).collect();
    state.update(Event::Found { number: 0, rows });
    state
}

fn press(state: &mut State, code: KeyCode) -> Ask {
    state.update(Event::Key(KeyEvent::from(code)))
}

fn control(state: &mut State, c: char) -> Ask {
    state.update(Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)))
}

fn chosen(run: bool, line: &str) -> Ask {
    Ask::Choose(Chosen { run, line: line.into() })
}

#[test]
fn enter_runs_tab_edits_and_escape_leaves() {
    let mut state = shown(&["new", "old"]);
    assert_eq!(press(&mut state, KeyCode::Enter), chosen(true, "new"));
    press(&mut state, KeyCode::Up);
    assert_eq!(press(&mut state, KeyCode::Tab), chosen(false, "old"));
    assert_eq!(press(&mut state, KeyCode::Esc), Ask::Leave);
    assert_eq!(control(&mut state, 'c'), Ask::Leave);
}

#[test]
fn up_and_down_stay_inside_the_list() {
    let mut state = shown(&["a", "b", "c"]);
    for (code, want) in [
        (KeyCode::Down, 0),
        (KeyCode::Up, 1),
        (KeyCode::PageUp, 2),
        (KeyCode::Up, 2),
        (KeyCode::Down, 1),
        (KeyCode::PageDown, 0),
    ] {
        press(&mut state, code);
        assert_eq!(state.selected, want, "{code:?}");
    }
    let mut empty = shown(&[]);
    press(&mut empty, KeyCode::Up);
    assert_eq!(empty.selected, 0);
}

#[test]
fn typing_edits_the_question_and_asks_it() {
    let mut state = shown(&["a"]);
    for (keys, text, cursor) in [
        ("git pü", "git pü", 6),
        ("\u{8}", "git p", 5),
        ("<", "git p", 4),
        ("x", "git xp", 5),
        ("^a", "git xp", 0),
        ("-", "-git xp", 1),
        ("^e", "-git xp", 7),
        ("^w", "-git ", 5),
        ("^w", "", 0),
        ("\u{8}", "", 0),
        ("ab", "ab", 2),
        ("^u", "", 0),
    ] {
        let mut keys = keys.chars();
        while let Some(key) = keys.next() {
            match key {
                '^' => control(&mut state, keys.next().unwrap()),
                '<' => press(&mut state, KeyCode::Left),
                '\u{8}' => press(&mut state, KeyCode::Backspace),
                key => press(&mut state, KeyCode::Char(key)),
            };
        }
        assert_eq!((state.text.as_str(), state.cursor), (text, cursor));
    }
    let Ask::Find(question) = state.update(Event::Paste("git\npush".into())) else { panic!("no question") };
    assert_eq!(question.query.words.len(), 2);
    assert!(question.query.unique);
}

#[test]
fn only_the_answer_to_the_last_question_counts() {
    let mut state = shown(&["old answer"]);
    let Ask::Find(first) = press(&mut state, KeyCode::Char('a')) else { panic!() };
    let Ask::Find(second) = press(&mut state, KeyCode::Char('b')) else { panic!() };
    state.update(Event::Found { number: second.number, rows: vec![entry(2, "second")] });
    state.update(Event::Found { number: first.number, rows: vec![entry(1, "first")] });
    assert_eq!(press(&mut state, KeyCode::Enter), chosen(true, "second"));
}

#[test]
fn a_choice_waits_for_its_answer_and_only_what_was_seen_runs() {
    let (enter, tab) = (KeyCode::Enter, KeyCode::Tab);
    for (before, key, answer, want) in [
        (&["same"][..], enter, &["same"][..], chosen(true, "same")),
        (&["same"], tab, &["same"], chosen(false, "same")),
        (&["other"], enter, &["same"], chosen(false, "same")),
        (&[], enter, &["same"], chosen(false, "same")),
        (&["same"], enter, &[], chosen(false, "a")),
    ] {
        let rows = |lines: &[&str]| lines.iter().map(|line| entry(u128::from(line.as_bytes()[0]), line)).collect();
        let mut state = shown(&[]);
        state.update(Event::Found { number: 0, rows: rows(before) });
        let Ask::Find(question) = press(&mut state, KeyCode::Char('a')) else { panic!() };
        assert_eq!(press(&mut state, key), Ask::Nothing);
        assert_eq!(state.update(Event::Found { number: 0, rows: rows(before) }), Ask::Nothing, "an older answer");
        assert_eq!(state.update(Event::Found { number: question.number, rows: rows(answer) }), want);
    }
}

#[test]
fn another_key_takes_an_early_choice_back() {
    let mut state = shown(&["a"]);
    press(&mut state, KeyCode::Char('a'));
    press(&mut state, KeyCode::Enter);
    let Ask::Find(question) = press(&mut state, KeyCode::Char('b')) else { panic!() };
    let found = Event::Found { number: question.number, rows: vec![entry(1, "ab")] };
    assert_eq!(state.update(found), Ask::Nothing);
}

#[test]
fn what_was_typed_comes_back_when_nothing_fits_and_is_not_run() {
    let mut state = shown(&[]);
    let Ask::Find(question) = state.update(Event::Paste("new command".into())) else { panic!() };
    state.update(Event::Found { number: question.number, rows: vec![] });
    assert_eq!(press(&mut state, KeyCode::Enter), chosen(false, "new command"));
}

#[test]
fn the_scope_goes_round() {
    let mut state = shown(&["a"]);
    let asked = |ask: Ask| match ask {
        Ask::Find(question) => (question.query.host, question.query.directory, question.query.session),
        other => panic!("{other:?}"),
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(asked(control(&mut state, 'r')), (text("desk"), None, None));
    assert_eq!(asked(control(&mut state, 'r')), (None, text("/src"), None));
    assert_eq!(asked(control(&mut state, 'r')), (None, None, text("s")));
    assert_eq!(asked(control(&mut state, 'r')), (None, None, None));
    state.here.session = None;
    state.scope = Scope::Directory;
    control(&mut state, 'r');
    assert_eq!(state.scope, Scope::Everywhere, "without a session there is no such filter");
}

#[test]
fn deleting_asks_first_and_only_y_agrees() {
    let mut state = shown(&["a", "b"]);
    let ids = vec![Uuid::from_u128(1), Uuid::from_u128(9)];
    for key in [KeyCode::Char('n'), KeyCode::Enter, KeyCode::Esc] {
        assert_eq!(press(&mut state, KeyCode::Delete), Ask::CountSame("a".into()));
        state.update(Event::Same(ids.clone()));
        assert_eq!(press(&mut state, key), Ask::Nothing, "{key:?}");
        assert_eq!(state.deleting, None);
    }
    control(&mut state, 'd');
    state.update(Event::Same(ids.clone()));
    assert_eq!(press(&mut state, KeyCode::Char('y')), Ask::Delete(ids));
    assert!(matches!(state.update(Event::Deleted), Ask::Find(_)));
    assert_eq!(press(&mut shown(&[]), KeyCode::Delete), Ask::Nothing);
}

#[test]
fn a_line_of_any_bytes_comes_back_as_it_was() {
    let mut state = shown(&[]);
    let mut entry = entry(1, "");
    entry.set_command(b"echo \xff".to_vec());
    state.rows = vec![entry];
    assert_eq!(press(&mut state, KeyCode::Enter), Ask::Choose(Chosen { run: true, line: b"echo \xff".to_vec() }));
}
