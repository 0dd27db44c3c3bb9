//! The API's description, made of the same types that the handlers take and give.

use axum::Json;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::api::{download, health, links, listing, objects, removal, resumable, tell, uploads, who};

/// The whole API.
#[derive(OpenApi)]
#[openapi(
    info(title = "Holdfast gateway", description = "Backs machines up into a bucket whose keys they do not hold."),
    paths(
        who::client, who::login, uploads::upload, objects::exists, objects::copy, download::download, listing::list,
        removal::remove, removal::remove_many, resumable::begin, resumable::list, resumable::parts, resumable::part,
        resumable::complete, resumable::abort, links::presign, tell::report, tell::reports, health::health,
        health::metrics, serve,
    ),
    security(("key" = [])),
    modifiers(&Bearer),
)]
struct Description;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(scheme));
    }
}

/// The description as JSON.
pub fn document() -> serde_json::Value {
    serde_json::to_value(Description::openapi()).unwrap_or_default()
}

/// This description. Needs no key.
#[utoipa::path(
    get, path = "/openapi.json", security(()),
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json")),
)]
pub(crate) async fn serve() -> Json<serde_json::Value> {
    Json(document())
}
