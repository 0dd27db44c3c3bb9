//! Buckets themselves.

use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};

use crate::bed::{BUCKET, Bed, code, status};

#[tokio::test]
async fn buckets_are_made_listed_described_and_removed_when_empty() {
    for bed in Bed::all().await {
        let client = &bed.client;
        client.create_bucket().bucket("second").send().await.unwrap();
        let again = client.create_bucket().bucket("second").send().await.unwrap_err();
        assert_eq!((status(&again), code(&again).as_str()), (409, "BucketAlreadyOwnedByYou"));
        let all = client.list_buckets().send().await.unwrap();
        let names: Vec<_> = all.buckets().iter().map(|bucket| bucket.name().unwrap()).collect();
        assert_eq!(names, ["photos", "second"]);
        assert!(all.buckets()[0].creation_date().is_some());
        let head = client.head_bucket().bucket("second").send().await.unwrap();
        assert_eq!(head.bucket_region(), Some("us-east-1"));
        assert_eq!(status(&client.head_bucket().bucket("nowhere").send().await.unwrap_err()), 404);
        let location = client.get_bucket_location().bucket("second").send().await.unwrap();
        assert!(location.location_constraint().is_none_or(|location| location.as_str().is_empty()));
        client.get_bucket_acl().bucket("second").send().await.unwrap();
        client.delete_bucket().bucket("second").send().await.unwrap();
        assert_eq!(code(&client.delete_bucket().bucket("second").send().await.unwrap_err()), "NoSuchBucket");
    }
}

#[tokio::test]
async fn a_bucket_that_holds_anything_stays() {
    for bed in Bed::all().await {
        bed.put("a", b"x").await;
        let refused = bed.client.delete_bucket().bucket(BUCKET).send().await.unwrap_err();
        assert_eq!((status(&refused), code(&refused).as_str()), (409, "BucketNotEmpty"));
        assert_eq!(bed.get("a").await.as_deref(), Some(&b"x"[..]));
    }
}

#[tokio::test]
async fn a_bucket_in_another_region_cannot_be_made() {
    let bed = Bed::memory().await;
    let configuration = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1);
    let make = bed.client.create_bucket().bucket("far").create_bucket_configuration(configuration.build());
    assert_eq!(code(&make.send().await.unwrap_err()), "IllegalLocationConstraintException");
}
