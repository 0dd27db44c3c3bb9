//! The gateway's clock jumps, forth and back.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use holdfast_gateway::Clock;
use holdfast_storage::gateway::DailyReport;
use holdfast_tests::{
    gateway::{Gateway, Plan, code, json},
    servers::Server,
};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use reqwest::Method;
use serde_json::{Value, json};

use super::admin::reports;

const DAY: i64 = 86_400;

/// A clock that goes as many seconds ahead as it is told.
#[derive(Clone, Default)]
struct Ahead(Arc<AtomicI64>);

impl Ahead {
    fn set(&self, days: i64) {
        self.0.store(days * DAY, Ordering::SeqCst);
    }

    fn clock(&self) -> Clock {
        let ahead = self.clone();
        Clock::of(move || ahead.now())
    }

    fn now(&self) -> Timestamp {
        Timestamp::now() + self.0.load(Ordering::SeqCst).seconds()
    }

    fn today(&self) -> String {
        self.now().to_zoned(TimeZone::UTC).date().to_string()
    }
}

async fn login(gateway: &Gateway) -> String {
    let asked = gateway.bare(Method::POST, "/auth/login").json(&json!({ "api_key": gateway.plan.key("web") }));
    let (status, answer) = json(asked).await;
    assert_eq!(status, 200, "{answer}");
    answer["token"].as_str().expect("a token").to_owned()
}

async fn with(gateway: &Gateway, token: &str) -> u16 {
    json(gateway.bare(Method::GET, "/client").bearer_auth(token)).await.0
}

/// However the clock jumps, uploads, keys and new tokens work, quotas hold, no token outlives its time, and each day's
/// counts and reports are there when the clock is right again, also after a start with a clock that is a year ahead.
pub async fn a_clock_that_jumps_takes_nothing_away(server: Arc<Server>) {
    let plan = Plan::new(&server).await.client("web", "").client("full", "quota_gb: 0");
    let ahead = Ahead::default();
    let gateway = plan.start_by(ahead.clock()).await;
    let form = [("path", "a"), ("file", "")];
    let (first, today) = (login(&gateway).await, ahead.today());
    let mut days = Vec::new();
    for jump in [0, 400, -400, 0] {
        ahead.set(jump);
        assert_eq!(gateway.upload("web", &form, "12345").await.0, 200, "{jump}");
        let (status, answer) = gateway.upload("full", &form, "x").await;
        assert_eq!((status, code(&answer)), (507, "quota_reached"), "{jump}");
        assert_eq!(with(&gateway, &first).await, if jump == 0 { 200 } else { 401 }, "{jump}");
        let token = login(&gateway).await;
        assert_eq!(with(&gateway, &token).await, 200, "{jump}");
        let report = DailyReport { date: ahead.today(), files_sent: 1, ..DailyReport::default() };
        gateway.store("web").report(&report).await.expect("a report");
        ahead.set(0);
        assert_eq!(with(&gateway, &token).await, if jump == 0 { 200 } else { 401 }, "a token of another time: {jump}");
        days.push((report.date, if jump == 0 { 2 } else { 1 }));
    }
    gateway.running.shut_down().await;
    ahead.set(400);
    let plan = gateway.plan;
    let gateway = plan.start_by(ahead.clock()).await;
    assert_eq!(gateway.get("web", "/client").await.0, 200);
    ahead.set(0);
    assert_eq!(gateway.upload("web", &form, "12345").await.0, 200);
    for (day, uploads) in days {
        let list = reports(&gateway, &format!("?date={day}&client=web")).await;
        let web = &list["clients"][0];
        assert_eq!(web["report"]["files_sent"], 1, "{list}");
        let wanted = if day == today { 3 } else { uploads };
        assert_eq!(web["activity"]["uploads"], wanted, "{list}");
        let seen = web["last_seen"].as_f64().expect("a time");
        assert!((seen - ahead.now().as_second() as f64).abs() < 900.0, "{seen} is not now");
    }
}

/// Requests in a minute are counted by the clock that nobody sets.
pub async fn a_clock_that_jumps_opens_and_closes_no_limit(server: Arc<Server>) {
    let plan =
        Plan::new(&server).await.client("forth", "requests_per_minute: 2").client("back", "requests_per_minute: 2");
    let ahead = Ahead::default();
    let gateway = plan.start_by(ahead.clock()).await;
    for (client, jump) in [("forth", 1), ("back", -1)] {
        for want in [200, 200, 429, 429] {
            let answer = gateway.ask(client, Method::GET, "/client").send().await.expect("an answer");
            assert_eq!(answer.status().as_u16(), want, "{client}");
            let wait = answer.headers().get("retry-after").and_then(|wait| wait.to_str().ok()?.parse::<u64>().ok());
            assert_eq!(wait.is_some_and(|wait| (1..=60).contains(&wait)), want == 429, "{client} {wait:?}");
            ahead.set(jump);
        }
        ahead.set(0);
    }
    let text: Value = gateway.get("forth", "/client").await.1;
    assert_eq!(code(&text), "too_many_requests");
}
