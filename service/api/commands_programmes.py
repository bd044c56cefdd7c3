"""Commands over HTTP about programmes: their budgets, rounds, entitlements, samples, clearings and support."""

from typing import Final

from service.api.acting import Act
from service.api.making import commitment, flows_due, paid_orders, today
from vouchers import application as app

_PROGRAMME: Final = "/programmes/<name:programme>"
_POOL: Final = f"{_PROGRAMME}/budgets/<name:period>/<name:pool>"
_ROUND: Final = f"{_PROGRAMME}/rounds/<name:period>/<name:pool>"
_MONTH: Final = f"{_PROGRAMME}/clearings/<name:month>"
_SUPPORT: Final = f"{_PROGRAMME}/support/<name:provider_id>/<name:period>"

ROWS: Final = (
    Act(
        "/programmes",
        app.announce,
        made={"sampling_commitment": commitment},
        status=201,
        location="/v1/programmes/{programme}",
    ),
    Act(f"{_PROGRAMME}/closing", app.close_programme, made={"closed_on": today}),
    Act(f"{_PROGRAMME}/entitlements", app.entitle),
    Act(f"{_PROGRAMME}/findings/<name:period>/<name:enterprise_id>/clearance", app.clear_findings),
    Act(f"{_POOL}/appropriations", app.appropriate),
    Act(f"{_POOL}/cuts", app.cut_budget),
    Act(f"{_POOL}/block", app.block_pool),
    Act(f"{_POOL}/reopening", app.reopen_pool),
    Act(_ROUND, app.open_round),
    Act(f"{_ROUND}/service", app.serve_queue),
    Act(f"{_ROUND}/closing", app.close_round),
    Act(f"{_ROUND}/orders/<name:order_id>/withdrawal", app.leave_round, whose=("waiting",)),
    Act(f"{_PROGRAMME}/samples", app.commit_seed, default={"from_on": today}, status=201),
    Act(f"{_PROGRAMME}/samples/<name:period>/seed", app.reveal_seed),
    Act(f"{_PROGRAMME}/rechecks", app.draw_rechecks, default={"orders": paid_orders}),
    Act(f"{_MONTH}/flows", app.take_flows, default={"orders": flows_due}),
    Act(f"{_MONTH}/closing", app.close_clearing),
    Act(f"{_MONTH}/approval", app.approve_clearing),
    Act(f"{_MONTH}/withdrawal", app.withdraw_clearing),
    Act(f"{_SUPPORT}/income", app.state_income),
    Act(f"{_SUPPORT}/decision", app.decide_support),
    Act(f"{_SUPPORT}/payment", app.pay_support),
)
