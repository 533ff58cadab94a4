"""Every part of the site that has pages."""

from __future__ import annotations

from flask import Flask

from credit_register.accounts.opening import blueprint as account_opening
from credit_register.accounts.views import blueprint as accounts
from credit_register.audit.views import blueprint as audit
from credit_register.commitments.views.public import blueprint as commitments
from credit_register.commitments.views.staff import blueprint as commitments_staff
from credit_register.commitments.views.workspace import blueprint as commitments_workspace
from credit_register.core.office_settings import models as office_settings_models  # noqa: F401 -- its table is known
from credit_register.credit_records import models as record_models  # noqa: F401 -- its table is known
from credit_register.credit_records.imports.views import blueprint as record_batches
from credit_register.credit_records.views.public import register_profile_section
from credit_register.credit_records.views.staff import blueprint as records_staff
from credit_register.institutions.views.imports import blueprint as imports
from credit_register.institutions.views.public import blueprint as institutions
from credit_register.institutions.views.staff import blueprint as institutions_staff
from credit_register.ledger import models as ledger_models  # noqa: F401 -- as above
from credit_register.ledger.cases.letters import register_case_letters
from credit_register.ledger.measures.grounds import register_measures_of_records
from credit_register.ledger.views.measures_case import register_case_measures
from credit_register.ledger.views.measures_public import register_measures as show_measures
from credit_register.ledger.views.measures_staff import blueprint as measures_staff
from credit_register.ledger.views.measures_workspace import blueprint as measures_workspace
from credit_register.ledger.views.month_figures import blueprint as ledger_figures
from credit_register.ledger.views.month_imports import blueprint as ledger_month_imports
from credit_register.ledger.views.months import blueprint as ledger_months
from credit_register.ledger.views.platform import blueprint as ledger_platform
from credit_register.ledger.views.staff import blueprint as ledger_staff
from credit_register.ledger.views.workspace import blueprint as ledger_workspace
from credit_register.letters.views import staff_templates as letter_templates  # noqa: F401 -- its pages are letters_staff's
from credit_register.letters.views.staff import blueprint as letters_staff
from credit_register.notices.views import blueprint as notices
from credit_register.open_data.bulk_check.views import blueprint as bulk_check
from credit_register.registrations.views.staff import blueprint as registrations_staff
from credit_register.registrations.views.workspace import blueprint as registration
from credit_register.repairs import models as repair_models  # noqa: F401 -- as above
from credit_register.repairs.views.public import blueprint as repairs
from credit_register.repairs.views.staff import blueprint as repairs_staff
from credit_register.repairs.views.workspace import blueprint as repairs_workspace
from credit_register.reports.disputed_measures import register_measures
from credit_register.reports.disputed_records import register_records
from credit_register.reports.disputed_register import register_register
from credit_register.reports.ledger import register_ledger_cases
from credit_register.reports.letters import register_letters
from credit_register.reports.outcomes.disputed import register_outcomes
from credit_register.reports.outcomes.from_reports import register_outcomes_of_reports
from credit_register.reports.views.outcomes import blueprint as outcomes
from credit_register.reports.views.outcomes_staff import blueprint as outcomes_staff
from credit_register.reports.views.outcomes_workspace import blueprint as outcomes_workspace
from credit_register.reports.views.public import blueprint as reports
from credit_register.reports.views.staff import blueprint as reports_staff
from credit_register.reports.views.statistics import blueprint as report_statistics
from credit_register.reports.views.warnings import blueprint as warnings
from credit_register.reports.views.workspace import blueprint as reports_workspace
from credit_register.spotchecks.disputed import register_checks
from credit_register.spotchecks.from_reports import register_checks_from_reports
from credit_register.spotchecks.views.public import blueprint as inspections
from credit_register.spotchecks.views.staff import blueprint as spotchecks_staff
from credit_register.spotchecks.views.workspace import blueprint as spotchecks_workspace
from credit_register.web.case_search.narrowing import register_full_text
from credit_register.web.independence import register_judges
from credit_register.web.views.case_search import blueprint as case_search
from credit_register.web.views.health import blueprint as health
from credit_register.web.views.home import blueprint as home
from credit_register.web.views.settings import blueprint as settings
from credit_register.web.views.staff import blueprint as staff
from credit_register.web.views.workspace import blueprint as workspace


def register_blueprints(app: Flask) -> None:
    """Hang all pages into the application."""
    for blueprint in (
        home,
        health,
        staff,
        case_search,
        workspace,
        institutions,
        institutions_staff,
        imports,
        accounts,
        account_opening,
        audit,
        notices,
        registration,
        registrations_staff,
        commitments,
        commitments_workspace,
        commitments_staff,
        reports,
        reports_staff,
        reports_workspace,
        outcomes,
        outcomes_staff,
        outcomes_workspace,
        report_statistics,
        warnings,
        spotchecks_staff,
        spotchecks_workspace,
        inspections,
        letters_staff,
        record_batches,
        records_staff,
        ledger_staff,
        ledger_workspace,
        measures_staff,
        measures_workspace,
        ledger_months,
        ledger_month_imports,
        ledger_figures,
        ledger_platform,
        repairs,
        repairs_workspace,
        repairs_staff,
        bulk_check,
        settings,
    ):
        app.register_blueprint(blueprint)
    register_judges()
    register_full_text()
    register_register()
    register_profile_section()
    register_records()
    register_letters()
    register_case_letters()
    register_ledger_cases()
    register_checks()
    register_checks_from_reports()
    register_outcomes()
    register_outcomes_of_reports()
    show_measures()
    register_case_measures()
    register_measures_of_records()
    register_measures()
