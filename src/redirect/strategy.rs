//! Which backend is tried, in which order things happen, and what is left behind.

use std::fmt::Write as _;

use super::{error::RedirectError, plan::Backend};

/// Which backends may be tried.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mode {
    /// nftables, and the address on `lo` where that does not work.
    Auto,
    /// This one only.
    Only(Backend),
}

/// What was done.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Done {
    /// By which backend.
    pub backend: Backend,
    /// Why not by the better one.
    pub instead: Option<RedirectError>,
}

/// Why nothing was done: for each backend that was tried, in this order. Never empty.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}", self.lines())]
pub(crate) struct ApplyError(pub Vec<(Option<Backend>, RedirectError)>);

/// A network namespace, as far as this module changes it.
pub(super) trait Namespace {
    /// What a backend needs that is available before anything is changed.
    type Ready;

    /// Gets ready for `backend`.
    async fn prepare(&mut self, backend: Backend) -> Result<Self::Ready, RedirectError>;

    /// Makes the redirect by `backend`, in place of what it has made before.
    fn make(&mut self, backend: Backend) -> Result<(), RedirectError>;

    /// Takes away what `backend` has made; whether there was anything.
    fn remove(&mut self, backend: Backend) -> Result<bool, RedirectError>;

    /// Connects as an application's request would.
    async fn verify(&mut self, backend: Backend, ready: Self::Ready) -> Result<(), RedirectError>;
}

pub(super) async fn apply(namespace: &mut impl Namespace, mode: Mode) -> Result<Done, ApplyError> {
    let (first, may_fall_back) = match mode {
        Mode::Auto => (Backend::Nft, true),
        Mode::Only(backend) => (backend, false),
    };
    let error = match attempt(namespace, first).await {
        Ok(()) => return Ok(Done { backend: first, instead: None }),
        Err(error) => error,
    };
    if !may_fall_back || !error.depends_on_backend() {
        return Err(ApplyError(vec![(Some(first), error)]));
    }
    let second = first.other();
    match attempt(namespace, second).await {
        Ok(()) => Ok(Done { backend: second, instead: Some(error) }),
        Err(other) => Err(ApplyError(vec![(Some(first), error), (Some(second), other)])),
    }
}

/// Makes and proves it by `backend`; what cannot be proven is removed again.
async fn attempt(namespace: &mut impl Namespace, backend: Backend) -> Result<(), RedirectError> {
    let ready = namespace.prepare(backend).await?;
    // What an earlier run has made by the other backend would hide whether this one works.
    match namespace.remove(backend.other()) {
        Ok(_) | Err(RedirectError::Unsupported { .. }) => {}
        Err(error) => return Err(error),
    }
    namespace.make(backend)?;
    let verified = namespace.verify(backend, ready).await;
    if verified.is_err() {
        // That it did not work is worth more to the reader than that it could not be taken away.
        let _ = namespace.remove(backend);
    }
    verified
}

/// Takes away what both backends may have made; those by which there was something.
pub(super) fn undo(namespace: &mut impl Namespace) -> Result<Vec<Backend>, RedirectError> {
    let mut undone = Vec::new();
    for backend in Backend::ALL {
        match namespace.remove(backend) {
            Ok(true) => undone.push(backend),
            // What cannot be made here was not made.
            Ok(false) | Err(RedirectError::Unsupported { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(undone)
}

impl From<RedirectError> for ApplyError {
    fn from(error: RedirectError) -> Self {
        Self(vec![(None, error)])
    }
}

impl ApplyError {
    /// A line for each backend. What to do is said of the last one only: it was tried because of the others.
    fn lines(&self) -> String {
        let mut lines = String::new();
        let Some(((backend, last), others)) = self.0.split_last() else { return lines };
        for (backend, error) in others {
            if let Some(backend) = backend {
                let _ = write!(lines, "by {backend}: ");
            }
            let _ = writeln!(lines, "{}", error.cause());
        }
        if let Some(backend) = backend.filter(|_| !others.is_empty()) {
            let _ = write!(lines, "by {backend}: ");
        }
        let _ = write!(lines, "{last}");
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::{ApplyError, Backend, Done, Mode, Namespace, RedirectError, apply, undo};

    /// Says what happens in it, and fails as it is told to.
    #[derive(Default)]
    struct FakeNamespace {
        steps: Vec<String>,
        fails: Vec<(&'static str, Backend, RedirectError)>,
    }

    impl FakeNamespace {
        fn step(&mut self, step: &'static str, backend: Backend) -> Result<(), RedirectError> {
            self.steps.push(format!("{step} {backend:?}"));
            let failure = self
                .fails
                .iter()
                .find(|(s, w, _)| (*s, *w) == (step, backend));
            failure.map_or(Ok(()), |(_, _, error)| Err(error.clone()))
        }
    }

    impl Namespace for FakeNamespace {
        type Ready = ();

        async fn prepare(&mut self, backend: Backend) -> Result<(), RedirectError> {
            self.step("prepare", backend)
        }

        fn make(&mut self, backend: Backend) -> Result<(), RedirectError> {
            self.step("make", backend)
        }

        fn remove(&mut self, backend: Backend) -> Result<bool, RedirectError> {
            self.step("remove", backend).map(|()| true)
        }

        async fn verify(&mut self, backend: Backend, (): ()) -> Result<(), RedirectError> {
            self.step("verify", backend)
        }
    }

    const UNSUPPORTED: RedirectError = RedirectError::Unsupported { what: "nftables", error: 95 };

    async fn run(
        mode: Mode,
        fails: &[(&'static str, Backend, RedirectError)],
    ) -> (Result<Done, ApplyError>, String) {
        let mut namespace = FakeNamespace { fails: fails.to_vec(), ..FakeNamespace::default() };
        let result = apply(&mut namespace, mode).await;
        (result, namespace.steps.join(", "))
    }

    #[tokio::test]
    async fn nftables_comes_first_if_it_works() {
        let (result, steps) = run(Mode::Auto, &[]).await;
        assert_eq!(result, Ok(Done { backend: Backend::Nft, instead: None }));
        insta::assert_snapshot!(steps, @"prepare Nft, remove Lo, make Nft, verify Nft");
        let (result, steps) = run(Mode::Only(Backend::Lo), &[("remove", Backend::Nft, UNSUPPORTED)]).await;
        assert_eq!(result, Ok(Done { backend: Backend::Lo, instead: None }));
        insta::assert_snapshot!(steps, @"prepare Lo, remove Nft, make Lo, verify Lo");
    }

    #[tokio::test]
    async fn the_address_on_lo_follows_if_nftables_is_missing_or_leads_nowhere() {
        let missing = [("make", Backend::Nft, UNSUPPORTED), ("remove", Backend::Nft, UNSUPPORTED)];
        let (result, steps) = run(Mode::Auto, &missing).await;
        assert_eq!(result, Ok(Done { backend: Backend::Lo, instead: Some(UNSUPPORTED) }));
        insta::assert_snapshot!(steps, @"prepare Nft, remove Lo, make Nft, prepare Lo, remove Nft, make Lo, verify Lo");
        let astray = [("verify", Backend::Nft, RedirectError::Silent)];
        let (result, steps) = run(Mode::Auto, &astray).await;
        assert_eq!(result, Ok(Done { backend: Backend::Lo, instead: Some(RedirectError::Silent) }));
        insta::assert_snapshot!(steps, @"prepare Nft, remove Lo, make Nft, verify Nft, remove Nft, prepare Lo, remove Nft, make Lo, verify Lo");
    }

    #[tokio::test]
    async fn what_stops_both_backends_is_said_once() {
        let denied = [("make", Backend::Nft, RedirectError::Denied)];
        let (result, steps) = run(Mode::Auto, &denied).await;
        assert_eq!(result, Err(ApplyError(vec![(Some(Backend::Nft), RedirectError::Denied)])));
        insta::assert_snapshot!(steps, @"prepare Nft, remove Lo, make Nft");
        let astray = [("verify", Backend::Nft, RedirectError::Silent)];
        let (result, steps) = run(Mode::Only(Backend::Nft), &astray).await;
        assert_eq!(result, Err(ApplyError(vec![(Some(Backend::Nft), RedirectError::Silent)])));
        insta::assert_snapshot!(steps, @"prepare Nft, remove Lo, make Nft, verify Nft, remove Nft");
    }

    #[tokio::test]
    async fn both_reasons_are_given_if_neither_backend_works() {
        let fails =
            [("make", Backend::Nft, UNSUPPORTED), ("verify", Backend::Lo, RedirectError::PortForbidden)];
        let (result, steps) = run(Mode::Auto, &fails).await;
        let failed = result.unwrap_err();
        assert_eq!(
            failed.0,
            [(Some(Backend::Nft), UNSUPPORTED), (Some(Backend::Lo), RedirectError::PortForbidden)]
        );
        assert!(failed.to_string().starts_with("by nftables: "), "{failed}");
        assert!(failed.to_string().contains("\nby the address on lo: "), "{failed}");
        assert!(steps.ends_with("verify Lo, remove Lo"), "{steps}");
    }

    #[test]
    fn undoing_is_for_both_backends() {
        let mut namespace = FakeNamespace::default();
        assert_eq!(undo(&mut namespace), Ok(vec![Backend::Nft, Backend::Lo]));
        let mut namespace =
            FakeNamespace { fails: vec![("remove", Backend::Nft, UNSUPPORTED)], ..FakeNamespace::default() };
        assert_eq!(undo(&mut namespace), Ok(vec![Backend::Lo]));
        let mut namespace = FakeNamespace {
            fails: vec![("remove", Backend::Nft, RedirectError::Denied)],
            ..FakeNamespace::default()
        };
        assert_eq!(undo(&mut namespace), Err(RedirectError::Denied));
    }
}
