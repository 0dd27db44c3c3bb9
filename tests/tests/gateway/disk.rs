//! A disk that is full under the gateway's database.

use std::{fs, io::Write, path::Path, sync::Arc, time::Duration};

use holdfast_storage::{ReadOptions, body::collect, gateway::DailyReport};
use holdfast_tests::{
    disk::Disk,
    gateway::{Gateway, Plan, code, json},
    servers::Server,
};
use reqwest::Method;
use serde_json::json;

use super::admin::reports;

/// Writes until nothing more fits.
fn fill(disk: &Path) -> std::path::PathBuf {
    let path = disk.join("stuffing");
    let mut file = fs::File::create(&path).expect("a file");
    while file.write_all(&[1; 512]).is_ok() {}
    path
}

async fn not_written(gateway: &Gateway) -> bool {
    let text = gateway.bare(Method::GET, "/metrics").bearer_auth(&gateway.plan.admin);
    let text = text.send().await.expect("an answer").text().await.expect("a text");
    let line = text.lines().find(|line| line.starts_with("holdfast_gateway_activity_not_written_total"));
    !line.expect("the number").ends_with(" 0")
}

/// Uploads go on and are counted, a report is refused with when to come again, what was counted can be seen, and nothing
/// of it is lost when there is room again. A gateway that begins on such a disk says what is wrong.
pub async fn a_full_disk_under_the_database_stops_no_upload(server: Arc<Server>) {
    let disk = Disk::mount("size=1m").expect("a disk");
    let gateway = Plan::new(&server).await.database_in(disk.path()).client("web", "").start().await;
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    assert_eq!(gateway.upload("web", &[("path", "before"), ("file", "")], "1").await.0, 200);
    let stuffing = fill(disk.path());
    let sizes = [1, 70_000, 20 << 20, 5];
    for (n, size) in sizes.into_iter().enumerate() {
        let path = format!("full-{n}");
        let (status, answer) = gateway.upload("web", &[("path", &path), ("file", "")], vec![n as u8; size]).await;
        assert_eq!(status, 200, "{answer}");
    }
    let seen = async {
        while !not_written(&gateway).await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), seen).await.expect("the full disk is noticed");
    let report = DailyReport { date: today.clone(), files_sent: 7, ..DailyReport::default() };
    let sent = gateway.ask("web", Method::POST, "/report").json(&json!(report));
    let answer = sent.send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    assert_eq!(code(&answer.json().await.expect("JSON")), "not_kept");
    let counted = reports(&gateway, "?client=web").await;
    assert_eq!(counted["clients"][0]["activity"]["uploads"], 5, "{counted}");
    let another = gateway.plan.beside().database_in(disk.path()).named("another.db");
    let refused = holdfast_gateway::start(&another.config()).await.expect_err("there is no room").to_string();
    assert!(refused.contains("server.database") && refused.contains("full"), "{refused}");

    fs::remove_file(stuffing).expect("removing");
    let (status, answer) = json(gateway.ask("web", Method::POST, "/report").json(&json!(report))).await;
    assert_eq!(status, 200, "{answer}");
    gateway.running.shut_down().await;
    let gateway = gateway.plan.start().await;
    let kept = reports(&gateway, "?client=web").await;
    let web = &kept["clients"][0];
    assert_eq!((&web["activity"]["uploads"], &web["report"]["files_sent"]), (&json!(5), &json!(7)), "{kept}");
    for (n, size) in sizes.into_iter().enumerate() {
        let key = gateway.key_of("web", &format!("full-{n}"));
        let got = gateway.bucket.get(&key, &ReadOptions::default()).await.expect("what was acknowledged");
        assert!(collect(got.body).await.expect("its content") == vec![n as u8; size], "{key}");
        assert!(gateway.bucket.list_uploads(key.as_str()).await.expect("a list").is_empty(), "{key}");
    }
}
