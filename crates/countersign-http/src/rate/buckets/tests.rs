use proptest::prelude::*;

use super::*;

const START: u64 = 1_800_000_000_000;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(START + millis)
}

/// Takes a drop; what is left of the wait if there is none.
fn take(buckets: &Buckets, key: impl Hash, now: Timestamp) -> Result<(), u64> {
    let refused = |refused: Refused| refused.told.more_in.unwrap();
    buckets.take(key, 1, now).map(|_| ()).map_err(refused)
}

fn a_minute(count: u32) -> Buckets {
    let period = Duration::from_secs(60);
    Buckets::new("test", Quota { count, period })
}

#[test]
fn so_many_at_once_then_one_each_share_of_the_period() {
    let buckets = a_minute(3);
    for _ in 0..3 {
        assert_eq!(take(&buckets, "a", at(0)), Ok(()));
    }
    assert_eq!(take(&buckets, "a", at(0)), Err(20));
    assert_eq!(take(&buckets, "a", at(19_999)), Err(1));
    assert_eq!(
        take(&buckets, "b", at(0)),
        Ok(()),
        "another key has a bucket of its own"
    );
    assert_eq!(take(&buckets, "a", at(20_000)), Ok(()));
    assert_eq!(
        take(&buckets, "a", at(20_000)),
        Err(20),
        "to be refused costs nothing"
    );
    assert_eq!(take(&buckets, "a", at(80_000)), Ok(()));
    assert_eq!(take(&buckets, "a", at(80_000)), Ok(()));
}

#[test]
fn a_drop_that_is_given_back_was_never_taken() {
    let buckets = a_minute(1);
    buckets.take("a", 1, at(0)).unwrap().give_back();
    assert_eq!(take(&buckets, "a", at(0)), Ok(()));
    assert_eq!(take(&buckets, "a", at(0)), Err(60));
}

#[test]
fn a_larger_share_is_more_of_the_same() {
    let buckets = a_minute(3);
    let four = |now| buckets.take("large", 4, now).map(Taken::give_back);
    for _ in 0..12 {
        assert!(buckets.take("large", 4, at(0)).is_ok());
    }
    assert!(four(at(0)).is_err() && four(at(4_999)).is_err() && four(at(5_000)).is_ok());
}

#[test]
fn what_is_left_and_when_there_is_more_is_said() {
    let buckets = a_minute(3);
    let left = |now| {
        let told = match buckets.take("a", 1, now) {
            Ok(taken) => taken.told(),
            Err(refused) => refused.told,
        };
        assert_eq!((told.budget, told.count, told.period), ("test", 3, 60));
        (told.left, told.more_in)
    };
    assert_eq!(left(at(0)), (2, Some(20)));
    assert_eq!(left(at(5_000)), (1, Some(15)));
    assert_eq!(left(at(5_000)), (0, Some(15)));
    assert_eq!(left(at(6_000)), (0, Some(14)), "refused");
    assert_eq!(left(at(80_000)), (2, Some(20)));
}

#[test]
fn a_clock_that_is_set_back_locks_nobody_out_for_longer_than_the_period() {
    let buckets = a_minute(2);
    assert_eq!(take(&buckets, "a", at(86_400_000)), Ok(()));
    assert_eq!(take(&buckets, "a", at(0)), Err(30));
    assert_eq!(take(&buckets, "a", at(30_000)), Ok(()));
}

#[test]
fn the_memory_is_bounded_and_who_is_known_keeps_a_bucket() {
    let quota = Quota {
        count: 2,
        period: Duration::from_secs(60),
    };
    let buckets = Buckets::with_keys("test", quota, 2_000);
    assert_eq!(take(&buckets, "early", at(0)), Ok(()));
    let passed = (0..50_000)
        .filter(|n| take(&buckets, n, at(1)).is_ok())
        .count();
    assert_eq!(buckets.keys(), 2_000);
    assert_eq!(
        passed,
        1_999 + 2,
        "all newcomers beyond have one key's worth"
    );
    assert_eq!(take(&buckets, "early", at(1)), Ok(()));
    assert!(take(&buckets, "late", at(1)).is_err());
    // All are full again in time, and room is made without anybody being asked to come back.
    assert_eq!(take(&buckets, "late", at(120_000)), Ok(()));
    assert_eq!(buckets.keys(), 1);
}

#[test]
fn keys_that_rest_are_forgotten_long_before_there_are_many() {
    let buckets = a_minute(60);
    for n in 0..100_000u64 {
        assert_eq!(take(&buckets, n, at(n * 10)), Ok(()));
    }
    assert!(buckets.keys() < 3_000, "{}", buckets.keys());
}

proptest! {
    /// The promise of a quota, in any stretch of time: what was in the bucket, and what came back meanwhile.
    #[test]
    fn never_more_than_the_bucket_and_what_came_back(
        count in 1u32..50,
        gaps in proptest::collection::vec(0u64..5_000, 1..300),
    ) {
        let buckets = a_minute(count);
        let (mut time, mut taken) = (0, Vec::new());
        for gap in gaps {
            time += gap;
            match take(&buckets, (), at(time)) {
                Ok(()) => taken.push(time),
                Err(wait) => {
                    prop_assert!((1..=60u64.div_ceil(count.into())).contains(&wait));
                    let again = a_minute(count);
                    for earlier in &taken {
                        prop_assert_eq!(take(&again, (), at(*earlier)), Ok(()));
                    }
                    prop_assert_eq!(take(&again, (), at(time + wait * 1_000)), Ok(()), "as said");
                }
            }
        }
        for (i, first) in taken.iter().enumerate() {
            for (j, last) in taken.iter().enumerate().skip(i) {
                let back = (last - first) * u64::from(count) / 60_000 + 1;
                prop_assert!((j - i + 1) as u64 <= u64::from(count) + back);
            }
        }
    }
}
