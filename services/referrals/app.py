"""Wiring of referrals, nothing else."""

from fastapi import FastAPI

from services.referrals.assembler import Assembler
from services.referrals.handlers import subscriptions
from services.referrals.http import routers
from services.referrals.packet_pdf import build_printer
from services.referrals.refer import Referrer
from services.referrals.rules import load_rules
from services.referrals.settings import ReferralSettings
from shared.runtime.service import Runtime, build_service


def build_app() -> FastAPI:
    """The ASGI application: `uvicorn services.referrals.app:build_app --factory`."""
    settings = ReferralSettings()
    rules, printer = load_rules(settings.case_policy), build_printer(settings.font_folder)

    def assembler(runtime: Runtime) -> Assembler:
        return Assembler(Referrer(runtime.pool, runtime.log, rules, printer), settings.look_seconds)

    return build_service(
        "referrals",
        settings,
        subscriptions=subscriptions,
        routers=lambda runtime: routers(runtime, settings),
        background=lambda runtime: [assembler(runtime).run],
    )
