//! Which way is tried, in which order things happen, and what is left behind.

use std::fmt;

use super::{plan::Way, trouble::Trouble};

/// Which ways may be tried.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// nftables, and the address on `lo` where that does not work.
    Auto,
    /// This one only.
    Only(Way),
}

/// What was done.
#[derive(Debug, Eq, PartialEq)]
pub struct Done {
    /// By which way.
    pub way: Way,
    /// Why not by the better one.
    pub instead: Option<Trouble>,
}

/// Why nothing was done: for each way that was tried, in this order. Never empty.
#[derive(Debug, Eq, PartialEq)]
pub struct Failed(pub Vec<(Option<Way>, Trouble)>);

/// A network namespace, as far as this room changes it.
pub(super) trait Namespace {
    /// What a way needs that can be had before anything is changed.
    type Ready;

    /// Gets ready for `way`.
    async fn prepare(&mut self, way: Way) -> Result<Self::Ready, Trouble>;

    /// Makes the redirect by `way`, in place of what it has made before.
    fn make(&mut self, way: Way) -> Result<(), Trouble>;

    /// Takes away what `way` has made; whether there was anything.
    fn remove(&mut self, way: Way) -> Result<bool, Trouble>;

    /// Goes the way that an application's request would.
    async fn verify(&mut self, way: Way, ready: Self::Ready) -> Result<(), Trouble>;
}

pub(super) async fn establish(namespace: &mut impl Namespace, mode: Mode) -> Result<Done, Failed> {
    let (first, may_fall_back) = match mode {
        Mode::Auto => (Way::Nft, true),
        Mode::Only(way) => (way, false),
    };
    let trouble = match attempt(namespace, first).await {
        Ok(()) => return Ok(Done { way: first, instead: None }),
        Err(trouble) => trouble,
    };
    if !may_fall_back || !trouble.is_about_the_way() {
        return Err(Failed(vec![(Some(first), trouble)]));
    }
    let second = first.other();
    match attempt(namespace, second).await {
        Ok(()) => Ok(Done { way: second, instead: Some(trouble) }),
        Err(other) => Err(Failed(vec![(Some(first), trouble), (Some(second), other)])),
    }
}

/// Makes and proves it by `way`; what does not prove itself is taken away again.
async fn attempt(namespace: &mut impl Namespace, way: Way) -> Result<(), Trouble> {
    let ready = namespace.prepare(way).await?;
    // What an earlier run has made by the other way would hide whether this one works.
    match namespace.remove(way.other()) {
        Ok(_) | Err(Trouble::Unsupported { .. }) => {}
        Err(trouble) => return Err(trouble),
    }
    namespace.make(way)?;
    let verified = namespace.verify(way, ready).await;
    if verified.is_err() {
        // That it did not work is worth more to the reader than that it could not be taken away.
        let _ = namespace.remove(way);
    }
    verified
}

/// Takes away what both ways may have made; the ways by which there was something.
pub(super) fn undo(namespace: &mut impl Namespace) -> Result<Vec<Way>, Trouble> {
    let mut undone = Vec::new();
    for way in Way::ALL {
        match namespace.remove(way) {
            Ok(true) => undone.push(way),
            // What cannot be made here was not made.
            Ok(false) | Err(Trouble::Unsupported { .. }) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(undone)
}

impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Self {
        Self(vec![(None, trouble)])
    }
}

/// A line for each way. What to do is said of the last one only: it was tried because of the others.
impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(((way, last), others)) = self.0.split_last() else { return Ok(()) };
        for (way, trouble) in others {
            if let Some(way) = way {
                write!(f, "by {way}: ")?;
            }
            writeln!(f, "{}", trouble.cause())?;
        }
        match way {
            Some(way) if !others.is_empty() => write!(f, "by {way}: {last}"),
            _ => last.fmt(f),
        }
    }
}

impl std::error::Error for Failed {}

#[cfg(test)]
mod tests {
    use super::{Done, Failed, Mode, Namespace, Trouble, Way, establish, undo};

    /// Says what happens in it, and fails as it is told to.
    #[derive(Default)]
    struct Told {
        steps: Vec<String>,
        fails: Vec<(&'static str, Way, Trouble)>,
    }

    impl Told {
        fn step(&mut self, step: &'static str, way: Way) -> Result<(), Trouble> {
            self.steps.push(format!("{step} {way:?}"));
            let failure = self.fails.iter().find(|(s, w, _)| (*s, *w) == (step, way));
            failure.map_or(Ok(()), |(_, _, trouble)| Err(trouble.clone()))
        }
    }

    impl Namespace for Told {
        type Ready = ();

        async fn prepare(&mut self, way: Way) -> Result<(), Trouble> {
            self.step("prepare", way)
        }

        fn make(&mut self, way: Way) -> Result<(), Trouble> {
            self.step("make", way)
        }

        fn remove(&mut self, way: Way) -> Result<bool, Trouble> {
            self.step("remove", way).map(|()| true)
        }

        async fn verify(&mut self, way: Way, (): ()) -> Result<(), Trouble> {
            self.step("verify", way)
        }
    }

    const UNSUPPORTED: Trouble = Trouble::Unsupported { what: "nftables", error: 95 };

    async fn run(mode: Mode, fails: &[(&'static str, Way, Trouble)]) -> (Result<Done, Failed>, String) {
        let mut told = Told { fails: fails.to_vec(), ..Told::default() };
        let result = establish(&mut told, mode).await;
        (result, told.steps.join(", "))
    }

    #[tokio::test]
    async fn the_better_way_if_it_works() {
        let (result, steps) = run(Mode::Auto, &[]).await;
        assert_eq!(result, Ok(Done { way: Way::Nft, instead: None }));
        insta::assert_snapshot!(steps, @"prepare Nft, remove Lo, make Nft, verify Nft");
        let (result, steps) = run(Mode::Only(Way::Lo), &[("remove", Way::Nft, UNSUPPORTED)]).await;
        assert_eq!(result, Ok(Done { way: Way::Lo, instead: None }));
        insta::assert_snapshot!(steps, @"prepare Lo, remove Nft, make Lo, verify Lo");
    }

    #[tokio::test]
    async fn the_other_way_if_the_better_one_is_not_there_or_leads_nowhere() {
        let missing = [("make", Way::Nft, UNSUPPORTED), ("remove", Way::Nft, UNSUPPORTED)];
        let (result, steps) = run(Mode::Auto, &missing).await;
        assert_eq!(result, Ok(Done { way: Way::Lo, instead: Some(UNSUPPORTED) }));
        insta::assert_snapshot!(steps, @"prepare Nft, remove Lo, make Nft, prepare Lo, remove Nft, make Lo, verify Lo");
        let astray = [("verify", Way::Nft, Trouble::Silent)];
        let (result, steps) = run(Mode::Auto, &astray).await;
        assert_eq!(result, Ok(Done { way: Way::Lo, instead: Some(Trouble::Silent) }));
        insta::assert_snapshot!(steps, @"prepare Nft, remove Lo, make Nft, verify Nft, remove Nft, prepare Lo, remove Nft, make Lo, verify Lo");
    }

    #[tokio::test]
    async fn what_stands_in_both_ways_is_said_once() {
        let denied = [("make", Way::Nft, Trouble::Denied)];
        let (result, steps) = run(Mode::Auto, &denied).await;
        assert_eq!(result, Err(Failed(vec![(Some(Way::Nft), Trouble::Denied)])));
        insta::assert_snapshot!(steps, @"prepare Nft, remove Lo, make Nft");
        let astray = [("verify", Way::Nft, Trouble::Silent)];
        let (result, steps) = run(Mode::Only(Way::Nft), &astray).await;
        assert_eq!(result, Err(Failed(vec![(Some(Way::Nft), Trouble::Silent)])));
        insta::assert_snapshot!(steps, @"prepare Nft, remove Lo, make Nft, verify Nft, remove Nft");
    }

    #[tokio::test]
    async fn both_reasons_are_given_if_neither_way_works() {
        let fails = [("make", Way::Nft, UNSUPPORTED), ("verify", Way::Lo, Trouble::PortForbidden)];
        let (result, steps) = run(Mode::Auto, &fails).await;
        let failed = result.unwrap_err();
        assert_eq!(failed.0, [(Some(Way::Nft), UNSUPPORTED), (Some(Way::Lo), Trouble::PortForbidden)]);
        assert!(failed.to_string().starts_with("by nftables: "), "{failed}");
        assert!(failed.to_string().contains("\nby the address on lo: "), "{failed}");
        assert!(steps.ends_with("verify Lo, remove Lo"), "{steps}");
    }

    #[test]
    fn undoing_is_for_both_ways() {
        let mut told = Told::default();
        assert_eq!(undo(&mut told), Ok(vec![Way::Nft, Way::Lo]));
        let mut told = Told { fails: vec![("remove", Way::Nft, UNSUPPORTED)], ..Told::default() };
        assert_eq!(undo(&mut told), Ok(vec![Way::Lo]));
        let mut told = Told { fails: vec![("remove", Way::Nft, Trouble::Denied)], ..Told::default() };
        assert_eq!(undo(&mut told), Err(Trouble::Denied));
    }
}
