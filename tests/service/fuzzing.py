"""Requests made up from the OpenAPI document, each sent as somebody who may, each answer held against the document."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyStrategyDefinition, Unsatisfiable
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation.stateful import run_state_machine_as_test

from service.permissions import RULES
from tests.examples import CHANGNING, JIANGSU_LAB, LAB, PUDONG, SH_CODE, voucher_of
from tests.service.clients import Api
from vouchers.identifiers import make_credit_code

# What a schema cannot say, by the codes with which it is refused: a number is written without a point, codes have check
# digits, a member is needed by who asks and not by what is asked, an address is public, a file is one of a bank, ...
NOT_IN_A_SCHEMA = frozenset(
    {
        "account-number-missing",
        "account-not-named",
        "bank-file-unknown",
        "code-malformed",
        "code-not-allowable",
        "credit-code-alphabet",
        "credit-code-check",
        "credit-code-length",
        "cursor-malformed",
        "days-out-of-order",
        "days-too-far-apart",
        "event-type-unknown",
        "field-missing",
        "form-unreadable",
        "iban-malformed",
        "host-not-public",
        "invoice-number",
        "not-a-digest",
        "number-not-whole",
        "password-too-weak",
        "place-beyond-log",
        "policy-faulty",
        "position-beyond-log",
        "public-key-malformed",
        "site-misplaced",
        "subject-malformed",
        "text-malformed",
        "token-id-malformed",
        "too-many-jobs",  # so many of one caller at a time
        "views-behind",
        "webhook-url-invalid",
    }
)
# The rules may refuse whatever is sound; and what is decided on an old version, or on none, is refused too.
BY_THE_RULES = frozenset({412, 422, 428})
# What is sent from a page of ours is answered with a page, and a made-up form is not of that page.
PAGES = ("/login", "/logout", "/account")
# Each line of a batch, and each coupon of those handed in, is refused by itself within an answer to all.
BATCHES = ("/v1/bulk/", "/v1/counter/coupons/sync")
SOUND, FAILED, BROKEN = "Schema-valid request rejected", "Server error", "Schema-violating request accepted"
KNOWN = {
    "enterprise_id": (PUDONG, CHANGNING),
    "provider_id": (LAB, JIANGSU_LAB),
    "party_id": (PUDONG, LAB),
    "payee_id": (PUDONG, LAB),
    "subject": (PUDONG, LAB),
    "voucher_id": (voucher_of(), voucher_of(CHANGNING)),
    "code": (SH_CODE,),
    "programme": (SH_CODE,),
    "category": ("TEST", "POC"),
}
# Parts of an address that are codes with check digits.
CODED = frozenset({"enterprise_id", "provider_id", "payee_id"})
LAX = settings(
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
    print_blob=False,
)


@schemathesis.serializer("application/x-ndjson")
def lines(_: Any, value: Any) -> bytes:
    """Made-up text as it is."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def credit_codes() -> st.SearchStrategy[str]:
    """Sound credit codes: some of firms that are known, some of others."""
    made = st.integers(0, 10_000).map(lambda number: make_credit_code("9", "1", "310112", number))
    return st.sampled_from([PUDONG, CHANGNING, LAB, JIANGSU_LAB]) | made


class Fuzzer:
    """One installation under made-up requests: how many were sent, and what went against the document."""

    def __init__(self, api: Api) -> None:
        """Read the document as a client would."""
        schemathesis.openapi.format("credit-code", credit_codes())
        self.api = api
        self.schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", api.app)
        # It would send messages to made-up hosts, some of which are somebody's.
        self.schema = self.schema.exclude(operation_id="webhooks.test")
        self.schema.config.generation.update(with_security_parameters=False)
        self.sent: Counter[str] = Counter()
        self.faults: dict[str, str] = {}
        self._random = random.Random(2026)

    def operations(self) -> Iterator[Any]:
        """Every operation of the document."""
        for found in self.schema.get_all_operations():
            yield found.ok()

    def walk(self, examples: int, turn: int = 0) -> None:
        """Send so many sound and as many broken requests to every operation."""
        for operation in self.operations():
            for mode in schemathesis.GenerationMode:
                self._try(operation.as_strategy(generation_mode=mode), examples, turn)

    def follow(self, runs: int, steps: int, turn: int = 0) -> None:
        """Send so many chains of requests, each made of what the answers before it told."""
        fuzzer = self

        class Chain(self.schema.as_state_machine()):  # type: ignore[misc]
            """A chain whose requests are sent and judged as single ones are."""

            def get_call_kwargs(self, case: Any) -> dict[str, Any]:
                return fuzzer.prepared(case)

            def validate_response(self, response: Any, case: Any, *_: object, **options: Any) -> None:
                fuzzer.judge(case, response, options)

        seed(turn)(Chain)
        # What a chain may ask next depends on answers, which the chains before it have changed.
        with suppress(FlakyStrategyDefinition):
            run_state_machine_as_test(Chain, settings=settings(LAX, max_examples=runs, stateful_step_count=steps))

    def prepared(self, case: Any) -> dict[str, Any]:
        """What a request is sent with: the credentials of somebody who may send it; counted as sent."""
        name = case.operation.definition.raw["operationId"]
        self.sent[name] += 1
        self._address(case)
        return {"headers": self._credentials(name)}

    def judge(self, case: Any, answer: Any, options: dict[str, Any]) -> None:
        """Keep what is wrong with an answer."""
        try:
            case.validate_response(answer, headers=options["headers"], transport_kwargs=options)
        except FailureGroup as group:
            self._keep(case, answer, [each for each in group.exceptions if isinstance(each, Failure)])
        except Failure as failure:
            self._keep(case, answer, [failure])

    def _try(self, strategy: st.SearchStrategy[Any], examples: int, turn: int) -> None:
        @seed(turn)
        @settings(LAX, max_examples=examples)
        @given(case=strategy)
        def send(case: Any) -> None:
            options = self.prepared(case)
            self.judge(case, case.call(**options), options)

        go: Callable[[], None] = send
        # An address without parameters cannot be broken.
        with suppress(Unsatisfiable):
            go()

    def _credentials(self, name: str) -> dict[str, str]:
        rule = RULES.get(name)
        allowed = [who for who in self.api.keys if rule is not None and who in rule.roles]
        return {"Authorization": f"Bearer {self.api.keys[self._random.choice(allowed or ['regulator'])]}"}

    def _address(self, case: Any) -> None:
        """Let every second request be about something that there is."""
        for name in case.path_parameters or {}:
            if name in KNOWN and (name in CODED or self._random.random() < 0.5):
                case.path_parameters[name] = self._random.choice(KNOWN[name])

    def _keep(self, case: Any, answer: Any, failures: list[Failure]) -> None:
        problem = answer.json() if "problem+json" in str(answer.headers) else {}
        codes = {error["code"] for error in problem.get("errors", ())}
        told = answer.status_code in BY_THE_RULES or (codes and codes <= NOT_IN_A_SCHEMA)
        told = told or case.operation.path.startswith(PAGES)
        for failure in failures:
            if failure.title in (SOUND, FAILED) and told:
                continue
            if failure.title == BROKEN and case.operation.path.startswith(BATCHES):
                continue
            text = f"{answer.status_code} {problem.get('errors') or ''} {failure.message}"
            self.faults.setdefault(f"{case.operation.label}: {failure.title}", text[:2_000])
