//! Numbers for Prometheus. Names of clients and routes are labels; keys, paths and addresses are not.

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClientLabels {
    client: String,
}

/// All numbers of a gateway.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    uploads: Family<ClientLabels, Counter>,
    bytes: Family<ClientLabels, Counter>,
    downloads: Family<ClientLabels, Counter>,
    pub(crate) refused_keys: Counter,
    pub(crate) under_way: Gauge,
    pub(crate) not_written: Counter,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("holdfast_gateway");
        let (requests, uploads) = (Family::default(), Family::default());
        let (bytes, downloads) = (Family::default(), Family::default());
        let (refused_keys, under_way, not_written) = (Counter::default(), Gauge::default(), Counter::default());
        registry.register("requests", "Requests answered", requests.clone());
        registry.register("uploads", "Objects stored", uploads.clone());
        registry.register_with_unit("uploaded", "Content of objects stored", Unit::Bytes, bytes.clone());
        registry.register("downloads", "Downloads begun", downloads.clone());
        registry.register("refused_keys", "Keys and tokens that were not accepted", refused_keys.clone());
        registry.register("requests_under_way", "Requests under way", under_way.clone());
        registry.register("activity_not_written", "Times that activity could not be written", not_written.clone());
        Self { registry, requests, uploads, bytes, downloads, refused_keys, under_way, not_written }
    }

    pub(crate) fn answered(&self, route: &str, status: u16) {
        self.requests.get_or_create(&RequestLabels { route: route.to_owned(), status }).inc();
    }

    pub(crate) fn uploaded(&self, client: &str, bytes: u64) {
        let labels = ClientLabels { client: client.to_owned() };
        self.uploads.get_or_create(&labels).inc();
        self.bytes.get_or_create(&labels).inc_by(bytes);
    }

    pub(crate) fn downloading(&self, client: &str) {
        self.downloads.get_or_create(&ClientLabels { client: client.to_owned() }).inc();
    }

    /// As Prometheus reads it.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a text cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
