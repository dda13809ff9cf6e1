//! What goes wrong with a fake, from now on.

use super::{Fake, Overtaking};
use crate::operator::cluster::Verb;

impl Fake {
    /// Has the objects of `other` from now on, and no others.
    pub(crate) fn become_like(&self, other: &Self) {
        let objects = other.objects();
        let mut state = self.0.lock();
        state.objects.clear();
        for (path, object) in objects {
            state.store(&path, object);
        }
    }

    /// Has no objects of the kind `resource` from now on, nor the kind itself; or has it again.
    pub(crate) fn uninstall(&self, resource: &'static str, is_absent: bool) {
        let absent = &mut self.0.lock().absent;
        if is_absent {
            absent.insert(resource)
        } else {
            absent.remove(&resource)
        };
    }

    /// Refuses lists of `resource` from now on, or allows them again.
    pub(crate) fn forbid_list(&self, resource: &'static str, is_forbidden: bool) {
        let forbidden = &mut self.0.lock().forbidden;
        if is_forbidden {
            forbidden.insert(("list", resource))
        } else {
            forbidden.remove(&("list", resource))
        };
    }

    /// Refuses `verb` on `resource` from now on, or allows it again.
    pub(crate) fn forbid(&self, verb: Verb, resource: &'static str, is_forbidden: bool) {
        let right = (verb.name(), resource);
        let forbidden = &mut self.0.lock().forbidden;
        if is_forbidden {
            forbidden.insert(right)
        } else {
            forbidden.remove(&right)
        };
    }

    /// Answers nothing from now on, or answers again.
    pub(crate) fn hang(&self, hangs: bool) {
        self.0.lock().hangs = hangs;
    }

    /// Answers no list from now on, or answers them again.
    pub(crate) fn hang_lists(&self, hangs: bool) {
        self.0.lock().hangs_lists = hangs;
    }

    /// Answers so many lists more, and is gone then.
    pub(crate) fn leave_after(&self, lists: usize) {
        self.0.lock().lists_left = Some(lists);
    }

    /// Answers so many calls and lists more, and is gone then; none to answer all again.
    pub(crate) fn gone_after(&self, answers: Option<usize>) {
        self.0.lock().answers_left = answers;
    }

    /// Answers so many calls and lists more, does what the next one asks for, and is gone before it could say so.
    pub(crate) fn lost_after(&self, answers: Option<usize>) {
        let mut state = self.0.lock();
        (state.answers_left, state.loses_last) = (answers, answers.is_some());
    }

    /// Refuses writes of `resource` from now on, as a webhook does.
    pub(crate) fn refuse(&self, resource: &'static str, status: u16, message: &'static str) {
        self.0.lock().refusals.insert(resource, (status, message));
    }

    /// Somebody else changes the next object by `change` that is patched or deleted and is no ConfigMap, right before; or deletes it.
    pub(crate) fn overtake(&self, change: Overtaking) {
        self.0.lock().overtaking = Some(change);
    }

    /// Answers the next `count` lists with `status`.
    pub(crate) fn fail_lists(&self, count: usize, status: u16) {
        self.0.lock().failures = (count, status);
    }

    /// Takes writes of `resource` again.
    pub(crate) fn admit(&self, resource: &'static str) {
        self.0.lock().refusals.remove(resource);
    }

    /// Answers the next `count` calls with `status`, and asks for a pause of so many seconds.
    pub(crate) fn fail_calls(&self, count: usize, status: u16, seconds: u64) {
        self.0.lock().call_failures = (count, status, seconds);
    }

    /// Somebody else writes before each of the next `count` writes.
    pub(crate) fn conflict(&self, count: usize) {
        self.0.lock().conflicts = count;
    }
}
