//! Giving room back where a disk is full.

use super::shared::{Shared, wait};
use crate::isolation::patience::Patience;
use crate::lock::lock;

impl Shared {
    /// Drops the databases that no test uses, and waits until they are gone. None is made ahead any more.
    pub(super) fn shed(&self, patience: &Patience<'_>) {
        let mut stock = lock(&self.stock);
        stock.is_short = true;
        stock.wanted = 0;
        loop {
            let spare = std::mem::take(&mut stock.ready);
            stock.unwanted.extend(spare);
            if let Some(name) = stock.unwanted.pop_front() {
                drop(stock);
                let removed = self.server.remove(&name, patience);
                stock = lock(&self.stock);
                // The client would wait no longer, but the database is still there.
                if removed.is_err_and(|problem| problem.is_early()) {
                    stock.unwanted.push_back(name);
                    return;
                }
            } else if stock.is_busy {
                match wait(stock, &self.stock, &self.changed, patience) {
                    Ok(again) => stock = again,
                    Err(_) => return,
                }
            } else {
                return;
            }
        }
    }
}
