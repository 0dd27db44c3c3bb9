//! What the system tells of its network, over a NetworkManager that a test plays on a bus of its own.
#![cfg(target_os = "linux")]

use holdfast_app::system::{SystemProbe, ThisSystem};
use holdfast_tests::system_bus::{NetworkManager, SystemBus};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cost_and_wifi_are_told_as_the_network_manager_knows_them() {
    let bus = SystemBus::start().await;
    let system = ThisSystem::on_bus(&bus.address);
    for (metered, wifi, want) in [
        (1, Some("Train"), (Some(true), Some("Train"))),
        (3, Some("Phone of Mara"), (Some(true), Some("Phone of Mara"))),
        (2, Some("Home"), (Some(false), Some("Home"))),
        (4, None, (Some(false), None)),
        (0, Some("Café"), (None, Some("Café"))),
        (7, None, (None, None)),
    ] {
        let manager = NetworkManager::start(&bus, metered, wifi.map(str::as_bytes)).await;
        let facts = system.facts(true).await;
        assert_eq!((facts.metered, facts.wifi.as_deref()), want, "{metered} {wifi:?}");
        let unasked = system.facts(false).await;
        assert_eq!((unasked.metered, unasked.wifi), (None, None), "it costs nothing where nobody wants to know");
        manager.stop().await;
    }
    let facts = system.facts(true).await;
    assert_eq!((facts.metered, facts.wifi), (None, None), "without a NetworkManager nothing is known");
    let nowhere = ThisSystem::on_bus("unix:path=/nowhere/bus").facts(true).await;
    assert_eq!((nowhere.metered, nowhere.wifi), (None, None));
}
