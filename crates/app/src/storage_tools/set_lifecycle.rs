//! Lifecycle rules as they are, and as they are to be: read, merged, written, read again and compared.

use holdfast_storage::{Error, lifecycle::Lifecycle};

use super::{
    StorageTools,
    lifecycle::{Difference, check, difference, form_of, merged, preview},
};
use crate::{
    AppError, ErrorCode, Result,
    dto::storage_tools::{LifecycleForm, LifecyclePreview, VersioningView},
};

const WHAT: &str = "lifecycle rules";
/// MinIO refuses such a rule as malformed, and removes unfinished uploads after a day anyway.
const WITHOUT_UPLOADS: &str = "try it without the rule for unfinished uploads: some servers, MinIO among them, do not know it and clear them away by themselves";
const HINT: &str = "do without them: unfinished uploads can be given up under Activity";

impl StorageTools {
    /// What Holdfast's own rules say.
    pub async fn lifecycle(&self) -> Result<LifecycleForm> {
        Ok(form_of(&self.rules().await?, &self.open.prefix))
    }

    /// All rules as they would be, and what that means. Changes nothing.
    pub async fn preview_lifecycle(&self, form: &LifecycleForm) -> Result<LifecyclePreview> {
        check(form, &self.open.provider)?;
        let now = self.rules().await?;
        let versioning = self.versioning().await.unwrap_or(VersioningView::Unknown);
        Ok(preview(&now, form, &self.open.prefix, &self.open.provider, versioning))
    }

    /// Sets Holdfast's own rules and leaves all others as they are.
    ///
    /// S3 has no condition for this request: what somebody else sets between our reading and our writing is lost.
    ///
    /// # Errors
    /// `bad_setting`, `not_supported`, `unknown_rule`, `setting_refused`, `setting_ignored`.
    pub async fn set_lifecycle(&self, form: &LifecycleForm) -> Result<()> {
        check(form, &self.open.provider)?;
        let prefix = &self.open.prefix;
        let now = self.rules().await?;
        let wanted = merged(&now, form, prefix);
        if difference(&wanted, &now, prefix).is_none() {
            return Ok(());
        }
        let told = self.admin.put_lifecycle(&wanted).await;
        told.map_err(|error| self.refused(error, form))?;
        let ask = || self.admin.lifecycle();
        let found = self.seen(ask, |found| difference(&wanted, found, prefix).is_none()).await?;
        match difference(&wanted, &found, prefix) {
            None => Ok(()),
            Some(Difference::Ours(lost)) => Err(self.left_out(&lost)),
            Some(Difference::Others) => Err(AppError::config(
                ErrorCode::SettingIgnored,
                format!("other rules of {} are not as they were before", self.open.names.the_bucket()),
                "look at the rules in your provider's console: somebody else may have changed them just now",
            )),
        }
    }

    /// Several servers know only a part of what rules can say, and name nothing when they refuse the rest.
    fn refused(&self, error: Error, form: &LifecycleForm) -> AppError {
        let is_refusal = matches!(error, Error::Server { status: 400..=499, .. });
        let said = self.not_offered(error, WHAT, HINT);
        match is_refusal && form.abort_uploads_after_days.is_some() {
            true => AppError { hint: format!("nothing was changed; {WITHOUT_UPLOADS}"), ..said },
            false => said,
        }
    }

    fn left_out(&self, lost: &[String]) -> AppError {
        match lost.is_empty() {
            true => self.ignored("the removal of a rule", "look at the rules in your provider's console"),
            false => self.ignored(
                &format!("the rule “{}”", lost.join("”, “")),
                "leave it out; everything else is as it was asked for",
            ),
        }
    }

    async fn rules(&self) -> Result<Lifecycle> {
        match self.admin.lifecycle().await {
            Ok(rules) => Ok(rules),
            Err(error) => Err(self.not_offered(self.known(error).await, WHAT, HINT)),
        }
    }
}
