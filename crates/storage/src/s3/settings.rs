//! A bucket's settings as an S3 server keeps them.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use aws_sdk_s3::{
    config::{ConfigBag, Intercept, RuntimeComponents},
    error::{ProvideErrorMetadata, SdkError},
    types::{
        ArchiveStatus, DefaultRetention, GlacierJobParameters, ObjectLockConfiguration, ObjectLockEnabled,
        ObjectLockRetentionMode, ObjectLockRule, RestoreRequest, Tier, TransitionDefaultMinimumObjectSize,
    },
};
use aws_smithy_runtime_api::{
    box_error::BoxError, client::interceptors::context::AfterDeserializationInterceptorContextRef, http::Response,
};

use super::{
    Account, S3Store,
    classify::Doing,
    lifecycle::{rule_in, rules_out, unknown_element},
    payload::ContentMd5,
};
use crate::{
    Error, Key, RequestKind, Result, VersionId,
    admin::{Archived, BucketAdmin, LockMode, ObjectLock, Retention, parse_restore},
    error::Unreachable,
    lifecycle::Lifecycle,
};

/// One bucket of an account.
#[derive(Clone, Copy)]
pub(super) struct Settings<'a> {
    pub(super) account: &'a Account,
    pub(super) bucket: &'a str,
}

impl Settings<'_> {
    async fn ask<T, E>(
        &self,
        kind: RequestKind,
        key: Option<&Key>,
        call: impl Future<Output = Result<T, SdkError<E, Response>>>,
    ) -> Result<T>
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let doing = Doing { kind, bucket: self.bucket, key, skew: self.account.clock_skew() };
        match tokio::time::timeout(crate::retry::attempt_limit(0), call).await {
            Ok(answer) => answer.map_err(|error| doing.error(error)),
            Err(_) => Err(Error::Unreachable(Unreachable::Timeout)),
        }
    }

    pub(super) async fn lifecycle(&self) -> Result<Lifecycle> {
        let text = KeepText::default();
        let call = self.account.client.get_bucket_lifecycle_configuration().bucket(self.bucket);
        let call = call.customize().interceptor(text.clone()).send();
        let answer = match self.ask(RequestKind::GetLifecycle, None, call).await {
            Err(Error::Server { code, .. }) if code == "NoSuchLifecycleConfiguration" => {
                return Ok(Lifecycle::default());
            }
            other => other?,
        };
        Ok(Lifecycle {
            rules: answer.rules.unwrap_or_default().iter().map(rule_in).collect(),
            transition_default_minimum_object_size: answer
                .transition_default_minimum_object_size
                .map(|size| size.as_str().to_owned()),
            unknown: text.0.get().and_then(|text| unknown_element(text)).map(str::to_owned),
        })
    }

    async fn put_lifecycle(&self, lifecycle: &Lifecycle) -> Result<()> {
        if let Some(element) = &lifecycle.unknown {
            return Err(Error::UnknownRule { element: element.clone() });
        }
        if lifecycle.is_empty() {
            let call = self.account.client.delete_bucket_lifecycle().bucket(self.bucket).send();
            return self.ask(RequestKind::DeleteLifecycle, None, call).await.map(drop);
        }
        let rules = rules_out(&lifecycle.rules).map_err(|_| unbuildable())?;
        let size = lifecycle.transition_default_minimum_object_size.as_deref();
        let call = self
            .account
            .client
            .put_bucket_lifecycle_configuration()
            .bucket(self.bucket)
            .lifecycle_configuration(rules)
            .set_transition_default_minimum_object_size(size.map(TransitionDefaultMinimumObjectSize::from))
            .customize()
            .interceptor(ContentMd5);
        self.ask(RequestKind::PutLifecycle, None, call.send()).await.map(drop)
    }

    async fn lock_configuration(&self) -> Result<ObjectLockConfiguration> {
        let call = self.account.client.get_object_lock_configuration().bucket(self.bucket).send();
        match self.ask(RequestKind::GetObjectLock, None, call).await {
            Err(Error::Server { code, .. }) if code == "ObjectLockConfigurationNotFoundError" => {
                Ok(ObjectLockConfiguration::builder().build())
            }
            other => Ok(other?.object_lock_configuration.unwrap_or_else(|| ObjectLockConfiguration::builder().build())),
        }
    }

    pub(super) async fn object_lock(&self) -> Result<ObjectLock> {
        let config = self.lock_configuration().await?;
        let retention = config.rule.and_then(|rule| rule.default_retention).as_ref().and_then(retention_in);
        Ok(ObjectLock { available: config.object_lock_enabled == Some(ObjectLockEnabled::Enabled), retention })
    }

    async fn put_object_lock(&self, retention: Option<Retention>) -> Result<()> {
        let held = self.lock_configuration().await?.rule.and_then(|rule| rule.default_retention?.default_event_hold);
        let default = match (retention, held) {
            (None, None) => None,
            (retention, held) => Some(retention_out(retention).set_default_event_hold(held).build()),
        };
        let rule = default.map(|default| ObjectLockRule::builder().default_retention(default).build());
        let config =
            ObjectLockConfiguration::builder().object_lock_enabled(ObjectLockEnabled::Enabled).set_rule(rule).build();
        let call = self.account.client.put_object_lock_configuration().bucket(self.bucket);
        let call = call.object_lock_configuration(config).customize().interceptor(ContentMd5).send();
        self.ask(RequestKind::PutObjectLock, None, call).await.map(drop)
    }

    async fn archived(&self, key: &Key, version: Option<&VersionId>) -> Result<Archived> {
        let call = self.account.client.head_object().bucket(self.bucket).key(key.as_str());
        let call = call.set_version_id(version.map(|version| version.0.clone())).send();
        let got = self.ask(RequestKind::Head, Some(key), call).await?;
        let tiers = [ArchiveStatus::ArchiveAccess, ArchiveStatus::DeepArchiveAccess];
        Ok(Archived {
            size: got.content_length.unwrap_or_default().max(0) as u64,
            storage_class: got.storage_class.map(|class| class.as_str().to_owned()),
            tiered: got.archive_status.is_some_and(|status| tiers.contains(&status)),
            thaw: got.restore.as_deref().and_then(parse_restore),
        })
    }

    async fn thaw(&self, key: &Key, version: Option<&VersionId>, days: Option<u16>) -> Result<()> {
        let job = GlacierJobParameters::builder().tier(Tier::Standard).build().map_err(|_| unbuildable())?;
        let request = RestoreRequest::builder().glacier_job_parameters(job).set_days(days.map(i32::from)).build();
        let call = self.account.client.restore_object().bucket(self.bucket).key(key.as_str());
        let call = call.set_version_id(version.map(|version| version.0.clone()));
        let call = call.restore_request(request).customize().interceptor(ContentMd5).send();
        match self.ask(RequestKind::RestoreObject, Some(key), call).await {
            Err(Error::Server { code, .. }) if code == "RestoreAlreadyInProgress" => Ok(()),
            Err(Error::Archived { .. }) => Err(Error::NotSupported { action: "bringing back what is in no archive" }),
            other => other.map(drop),
        }
    }
}

fn unbuildable() -> Error {
    Error::Server { status: 0, code: "Request".into(), message: "the request could not be built".into() }
}

fn retention_in(default: &DefaultRetention) -> Option<Retention> {
    let mode = match default.mode.as_ref()? {
        ObjectLockRetentionMode::Governance => LockMode::Governance,
        _ => LockMode::Compliance,
    };
    let days = default.days.or_else(|| default.years.map(|years| years.saturating_mul(365)))?;
    Some(Retention { mode, days: u32::try_from(days).ok()? })
}

fn retention_out(retention: Option<Retention>) -> aws_sdk_s3::types::builders::DefaultRetentionBuilder {
    let mode = retention.map(|retention| match retention.mode {
        LockMode::Governance => ObjectLockRetentionMode::Governance,
        LockMode::Compliance => ObjectLockRetentionMode::Compliance,
    });
    let days = retention.map(|retention| i32::try_from(retention.days).unwrap_or(i32::MAX));
    DefaultRetention::builder().set_mode(mode).set_days(days)
}

#[async_trait]
impl BucketAdmin for S3Store {
    async fn lifecycle(&self) -> Result<Lifecycle> {
        self.settings().lifecycle().await
    }

    async fn put_lifecycle(&self, lifecycle: &Lifecycle) -> Result<()> {
        self.settings().put_lifecycle(lifecycle).await
    }

    async fn object_lock(&self) -> Result<ObjectLock> {
        self.settings().object_lock().await
    }

    async fn put_object_lock(&self, retention: Option<Retention>) -> Result<()> {
        self.settings().put_object_lock(retention).await
    }

    async fn archived(&self, key: &Key, version: Option<&VersionId>) -> Result<Archived> {
        self.settings().archived(key, version).await
    }

    async fn thaw(&self, key: &Key, version: Option<&VersionId>, days: Option<u16>) -> Result<()> {
        self.settings().thaw(key, version, days).await
    }
}

/// Keeps the text of an answer beside what the SDK made of it.
#[derive(Debug, Clone, Default)]
struct KeepText(Arc<OnceLock<String>>);

impl Intercept for KeepText {
    fn name(&self) -> &'static str {
        "KeepText"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        if let Some(bytes) = context.response().body().bytes() {
            let _kept_once = self.0.set(String::from_utf8_lossy(bytes).into_owned());
        }
        Ok(())
    }
}
