//! The memory store keeps every promise of the suite.

use std::sync::Arc;

use holdfast_storage::{
    conformance::{Capabilities, run_named},
    memory::MemoryStore,
};

async fn in_memory(name: &str) {
    run_named(name, Arc::new(MemoryStore::new()), &Capabilities::all()).await;
}

holdfast_storage::conformance_tests!(in_memory);
