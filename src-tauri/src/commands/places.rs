//! All places, and what they charge.

use holdfast_app::{
    Result,
    dto::place::{PlaceView, PriceRow},
    storage_tools,
};
use tauri::command;

use crate::Shared;

#[command]
#[specta::specta]
pub async fn list_places(app: Shared<'_>) -> Result<Vec<PlaceView>> {
    storage_tools::list_places(&app.home, &app.place_uses()?).await
}

#[command]
#[specta::specta]
pub async fn remove_place(app: Shared<'_>, profile: String) -> Result<()> {
    storage_tools::remove_place(&app.home, &profile, &app.place_uses()?).await
}

#[command]
#[specta::specta]
pub async fn list_prices(app: Shared<'_>) -> Result<Vec<PriceRow>> {
    Ok(app.home.load_prices().await?.rows())
}

#[command]
#[specta::specta]
pub async fn save_price(app: Shared<'_>, row: PriceRow) -> Result<()> {
    app.home.update_prices(move |prices| prices.save(&row)).await
}

#[command]
#[specta::specta]
pub async fn reset_price(app: Shared<'_>, id: String) -> Result<()> {
    let reset = move |prices: &mut holdfast_app::prices::Prices| {
        prices.reset(&id);
        Ok(())
    };
    app.home.update_prices(reset).await
}
