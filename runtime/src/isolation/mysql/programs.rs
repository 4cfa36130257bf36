//! Procedures, functions, packages, triggers and events.

use super::quote::quoted;
use super::recipe::Reading;
use super::setting::Setting;
use crate::isolation::problem::Problem;

impl Reading<'_> {
    /// Reads procedures and functions, which views may call.
    pub(super) fn routines(&mut self) -> Result<(), Problem> {
        let routines = self.rows(
            "SELECT concat(routine_type, ' '), routine_name FROM information_schema.routines \
             WHERE routine_schema = database() ORDER BY routine_type",
        )?;
        for routine in &routines {
            if let [kind, name] = routine.as_slice() {
                self.program(&format!("{kind}{}", quoted(name)))?;
            }
        }
        Ok(())
    }

    pub(super) fn triggers(&mut self) -> Result<(), Problem> {
        let triggers = self.rows(
            "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = database() \
             ORDER BY event_object_table, action_timing, event_manipulation, action_order",
        )?;
        triggers
            .iter()
            .flatten()
            .try_for_each(|name| self.program(&format!("TRIGGER {}", quoted(name))))
    }

    pub(super) fn events(&mut self) -> Result<(), Problem> {
        let events =
            "SELECT event_name FROM information_schema.events WHERE event_schema = database()";
        let events = self.rows(events)?;
        events
            .iter()
            .flatten()
            .try_for_each(|name| self.program(&format!("EVENT {}", quoted(name))))
    }

    /// Reads a stored program with the setting in which it was written.
    fn program(&mut self, what: &str) -> Result<(), Problem> {
        let mut shown = self.shown(what)?.into_iter().skip(1);
        let mut next = || shown.next().unwrap_or_default();
        let sql_mode = next();
        let time_zone = what.starts_with("EVENT ").then(&mut next);
        let statement = next();
        let setting = Setting {
            sql_mode,
            client: next(),
            connection: next(),
            database: next(),
            time_zone,
        };
        self.set(setting.of(&statement));
        self.statements.push(statement);
        Ok(())
    }
}
