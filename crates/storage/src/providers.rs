//! Known providers: how their addresses look and what their words are. Data, not behaviour.

/// A provider's particulars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provider {
    /// Short name used in profiles.
    pub id: &'static str,
    /// Name people know.
    pub name: &'static str,
    /// Address with `{region}` where it depends on the region and `{account}` where on the account; empty when the
    /// person runs the server and must say where.
    pub endpoint: &'static str,
    /// Regions as (id, name); empty when any text may be one.
    pub regions: &'static [(&'static str, &'static str)],
    /// Whether the bucket goes into the path instead of the host name.
    pub path_style: bool,
    /// What the provider calls the access key id.
    pub key_id_label: &'static str,
    /// What the provider calls the secret.
    pub secret_label: &'static str,
    /// Where to find both, in one sentence.
    pub keys_help: &'static str,
}

/// Every provider with a preset. Endpoint shapes are those of the providers' own documentation (2026).
pub const PROVIDERS: &[Provider] = &[
    Provider {
        id: "aws",
        name: "Amazon S3",
        endpoint: "https://s3.{region}.amazonaws.com",
        regions: &[
            ("us-east-1", "US East (N. Virginia)"),
            ("us-east-2", "US East (Ohio)"),
            ("us-west-1", "US West (N. California)"),
            ("us-west-2", "US West (Oregon)"),
            ("ca-central-1", "Canada (Montreal)"),
            ("sa-east-1", "South America (São Paulo)"),
            ("eu-west-1", "Europe (Ireland)"),
            ("eu-west-2", "Europe (London)"),
            ("eu-west-3", "Europe (Paris)"),
            ("eu-central-1", "Europe (Frankfurt)"),
            ("eu-central-2", "Europe (Zurich)"),
            ("eu-north-1", "Europe (Stockholm)"),
            ("eu-south-1", "Europe (Milan)"),
            ("ap-south-1", "Asia Pacific (Mumbai)"),
            ("ap-southeast-1", "Asia Pacific (Singapore)"),
            ("ap-southeast-2", "Asia Pacific (Sydney)"),
            ("ap-northeast-1", "Asia Pacific (Tokyo)"),
            ("ap-northeast-2", "Asia Pacific (Seoul)"),
        ],
        path_style: false,
        key_id_label: "Access key ID",
        secret_label: "Secret access key",
        keys_help: "In the AWS console under IAM, Users, Security credentials, Create access key.",
    },
    Provider {
        id: "b2",
        name: "Backblaze B2",
        endpoint: "https://s3.{region}.backblazeb2.com",
        regions: &[
            ("us-west-001", "US West (us-west-001)"),
            ("us-west-002", "US West (us-west-002)"),
            ("us-west-004", "US West (us-west-004)"),
            ("us-east-005", "US East (us-east-005)"),
            ("ca-east-006", "Canada East (ca-east-006)"),
            ("eu-central-003", "EU Central (eu-central-003)"),
        ],
        path_style: false,
        key_id_label: "Key ID",
        secret_label: "Application key",
        keys_help: "In Backblaze under Application Keys, Add a New Application Key; the region is part of the bucket's Endpoint.",
    },
    Provider {
        id: "wasabi",
        name: "Wasabi",
        endpoint: "https://s3.{region}.wasabisys.com",
        regions: &[
            ("us-east-1", "US East 1 (N. Virginia)"),
            ("us-east-2", "US East 2 (N. Virginia)"),
            ("us-central-1", "US Central 1 (Texas)"),
            ("us-west-1", "US West 1 (Oregon)"),
            ("ca-central-1", "CA Central 1 (Toronto)"),
            ("eu-central-1", "EU Central 1 (Amsterdam)"),
            ("eu-central-2", "EU Central 2 (Frankfurt)"),
            ("eu-west-1", "EU West 1 (London)"),
            ("eu-west-2", "EU West 2 (Paris)"),
            ("eu-south-1", "EU South 1 (Milan)"),
            ("ap-northeast-1", "AP Northeast 1 (Tokyo)"),
            ("ap-southeast-2", "AP Southeast 2 (Sydney)"),
        ],
        path_style: false,
        key_id_label: "Access key",
        secret_label: "Secret key",
        keys_help: "In the Wasabi console under Access Keys, Create access key.",
    },
    Provider {
        id: "r2",
        name: "Cloudflare R2",
        endpoint: "https://{account}.r2.cloudflarestorage.com",
        regions: &[("auto", "Automatic")],
        path_style: true,
        key_id_label: "Access Key ID",
        secret_label: "Secret Access Key",
        keys_help: "In Cloudflare under R2, Manage API tokens; the address has your account's id in it.",
    },
    Provider {
        id: "spaces",
        name: "DigitalOcean Spaces",
        endpoint: "https://{region}.digitaloceanspaces.com",
        regions: &[
            ("nyc3", "New York (nyc3)"),
            ("sfo3", "San Francisco (sfo3)"),
            ("ams3", "Amsterdam (ams3)"),
            ("fra1", "Frankfurt (fra1)"),
            ("lon1", "London (lon1)"),
            ("tor1", "Toronto (tor1)"),
            ("sgp1", "Singapore (sgp1)"),
            ("blr1", "Bangalore (blr1)"),
            ("syd1", "Sydney (syd1)"),
        ],
        path_style: false,
        key_id_label: "Access key",
        secret_label: "Secret key",
        keys_help: "In DigitalOcean under Spaces Object Storage, Access Keys.",
    },
    Provider {
        id: "minio",
        name: "MinIO",
        endpoint: "",
        regions: &[],
        path_style: true,
        key_id_label: "Access key",
        secret_label: "Secret key",
        keys_help: "In the MinIO console under Access Keys; the address is that of the API, often port 9000.",
    },
    Provider {
        id: "garage",
        name: "Garage",
        endpoint: "",
        regions: &[],
        path_style: true,
        key_id_label: "Key ID",
        secret_label: "Secret key",
        keys_help: "Printed by “garage key create”; the region is s3_region in garage.toml.",
    },
    Provider {
        id: "ceph",
        name: "Ceph RGW",
        endpoint: "",
        regions: &[],
        path_style: true,
        key_id_label: "Access key",
        secret_label: "Secret key",
        keys_help: "Printed by “radosgw-admin user create”.",
    },
    Provider {
        id: "other",
        name: "Another S3 provider",
        endpoint: "",
        regions: &[],
        path_style: true,
        key_id_label: "Access key ID",
        secret_label: "Secret access key",
        keys_help: "In your provider's console, usually under access keys or API keys.",
    },
];

impl Provider {
    /// The provider with this id.
    pub fn by_id(id: &str) -> Option<&'static Self> {
        PROVIDERS.iter().find(|provider| provider.id == id)
    }

    /// Recognises a provider by its address; no endpoint at all is AWS.
    pub fn of_endpoint(endpoint: Option<&str>) -> &'static Self {
        let host = endpoint.map(|e| e.split("://").last().unwrap_or(e).split(['/', ':']).next().unwrap_or(e));
        let id = match host {
            None => "aws",
            Some(host) if host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn") => "aws",
            Some(host) if host.ends_with(".backblazeb2.com") => "b2",
            Some(host) if host.ends_with(".wasabisys.com") => "wasabi",
            Some(host) if host.ends_with(".r2.cloudflarestorage.com") => "r2",
            Some(host) if host.ends_with(".digitaloceanspaces.com") => "spaces",
            Some(_) => "other",
        };
        Self::by_id(id).unwrap_or(&PROVIDERS[PROVIDERS.len() - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_provider() {
        for (endpoint, id) in [
            (None, "aws"),
            (Some("https://s3.eu-west-1.amazonaws.com"), "aws"),
            (Some("s3.eu-central-003.backblazeb2.com"), "b2"),
            (Some("https://abc.r2.cloudflarestorage.com/"), "r2"),
            (Some("https://fra1.digitaloceanspaces.com"), "spaces"),
            (Some("http://127.0.0.1:9000"), "other"),
            (Some("https://evil.example/amazonaws.com"), "other"),
        ] {
            assert_eq!(Provider::of_endpoint(endpoint).id, id, "{endpoint:?}");
        }
    }
}
