"""The words of the derived tables: one name of a column, one kind of value and one meaning, in every table."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from service.audit.tables.model import Kind

_WORDS: Final = """
seq                integer  Number of the entry in the log, from 0.
event              text     Stored name of the event.
eff                day      Local day on which it takes effect.
rec                instant  When it was recorded, in UTC.
occ                instant  When it happened, where that is known.
actor              text     Who acted, as role:reference.
role               text     The role that was acted in.
stream             text     The stream: kind/key.
kind_of_stream     text     What kind of thing the stream is about.
key                text     The key of the stream.
ver                integer  Number of the entry in its stream, from 1.
cause              integer  Number of the entry with the decision behind it.
place              integer  Number of the row within its entry, from 1.
programme          text     The programme.
period             text     The period of the programme.
month              text     The month.
title              text     The title.
authority          text     The authority behind the programme.
currency           text     The currency of the amounts in this row.
version            text     The version of the policy.
policy_version     text     The version of the policy that was applied.
policy_digest      text     SHA-256 of the policy that was applied.
effective_on       day      First day on which the policy holds.
ends_on            day      Last day of the policy or of the service.
digest             text     SHA-256 of the document behind it.
reference          text     The reference of the legal act or document.
reason             text     Why, in words.
text               text     What it says, in words, or the value as text.
number             integer  The value where it is a whole number.
fact_set           text     Whose facts: the enterprise's, the provider's, or attributes of the order.
name               text     The name: of a provider, a fact, a rule, or the way to a value.
clause             text     The clause that it rests on.
remedy             text     What would change the answer.
code               text     The code of a reason, category, tier or kind.
rule               text     The rule that was applied.
outcome            text     What was decided.
result             text     What was found.
status             text     How far it has come.
done_by            text     The person who did it.
proposed_by        text     The first of two people.
approved_by        text     The second of two people.
declined_by        text     Who declined or withdrew it.
step               text     The step that could not be taken.
subject            text     What it concerns.
enterprise_id      text     The enterprise, by its credit code.
provider_id        text     The provider, by its credit code.
payee_id           text     Who is paid.
party              text     The party: an enterprise, a provider, a controller or a person.
other              text     The other party.
controller         text     Reference of who controls the party.
source             text     Where it is known from.
as_of_on           day      The day that the facts are about.
facts_as_of_on     day      The day that the facts of the decision are about.
facts_digest       text     SHA-256 of the facts of the decision.
region             text     Region code.
region_from        text     The region that pays.
region_to          text     The region that performed.
registered_on      day      Day of registration.
incorporated_on    text     Day of incorporation, as the register states it.
staff              integer  Number of staff.
revenue            amount   Yearly revenue in minor units.
assets             amount   Assets in minor units.
sector             integer  Sector number.
legal_form         text     Legal form.
tier               text     Credit tier A to D.
tier_before        text     Credit tier before.
kind               text     The kind of voucher, link or succession.
would              text     What would have been decided on the later facts.
held               boolean  Whether claims wait until an officer has looked.
predecessor_id     text     The enterprise whose place is taken.
successor_id       text     The enterprise that takes the place.
from_on            day      First day.
until_on           day      Last day.
voucher_id         text     The voucher.
to_voucher_id      text     The voucher that it goes on as.
face               amount   Face value in minor units.
issued_on          day      Day of issue.
use_by_on          day      Last day to spend it.
redeem_by_on       day      Last day to claim it.
granted_on         day      Day of the grant.
categories         text     The categories that it is good for, as a JSON list; nothing for all.
from_place         text     Where the value comes from; nothing at the issue.
to_place           text     Where the value goes.
amount             amount   The amount in minor units.
category           text     The spend category.
order_id           text     The order.
redemption_id      text     The redemption (a provider's claim).
settlement_id      text     The batch of payments.
instruction_id     text     The instruction to the bank.
attempt            integer  Number of the attempt.
account_ref        text     Reference of the account, which is kept outside the log.
bank_reference     text     The bank's reference.
bank_account       text     Reference of our own account.
paid_on            day      Day of the payment.
returned_on        day      Day on which the money came back.
count              integer  How many.
total              amount   The total after it, or of the batch, in minor units.
contract_digest    text     SHA-256 of the contract.
contract_on        day      Day of the contract.
starts_on          day      First day of the service.
delivered_on       day      Day of the delivery.
report_digest      text     SHA-256 of the report on the service.
gross              amount   Price with tax in minor units.
net                amount   Price without tax in minor units.
part_gross         amount   Part of the order with tax in minor units.
part_net           amount   Part of the order without tax in minor units.
asked              amount   What was asked for in minor units.
base               amount   What the subsidy is computed on, in minor units.
subsidy            amount   The subsidy in minor units.
own_share          amount   What the enterprise pays itself, in minor units.
pool               text     The pot of the budget.
other_pool         text     The pot at the other end of a transfer.
appropriated       amount   Appropriated after it, in minor units.
committed          amount   Committed to orders after it, in minor units.
payee              text     Who is paid: provider or enterprise.
voucher_kind       text     The kind of the voucher.
invoice            text     The invoice: its issuer's key or tax number.
red_invoice        text     The red-letter invoice.
requested_by       text     Who asked.
reviewer           text     Who checked.
officer            text     Who decided.
sample_bp          integer  Share that the sample draws, in basis points.
draw_bp            integer  What was drawn; below sample_bp means checked.
approvals_needed   integer  How many people must approve.
signal             text     What caught the eye.
note               text     A note of the reviewer.
debt_id            text     The debt.
principal          amount   Of it the demand itself, in minor units.
interest           amount   Of it interest, in minor units.
due_on             day      Day by which it is due.
due                amount   What was due, in minor units.
paid               amount   What was paid, in minor units.
rate_bp            integer  A rate in basis points.
cap_level          text     Whose ceiling: enterprise, provider, category, group, pool, programme.
cap_key            text     The holder of the ceiling.
counted_on         day      The day that it counts for.
cap_count          integer  Number of orders after it.
cap_total          amount   Used after it, in minor units.
orders             integer  How many orders it gives back.
cap_limit          amount   The ceiling in minor units.
first_limit        amount   The ceiling of the first order in minor units.
part               amount   What a level of government bears of it, in minor units.
order_limit        amount   The ceiling of one order in minor units.
count_limit        integer  The ceiling as a number of orders.
share_bp           integer  A share in basis points.
months             integer  Over how many months.
min_cost           amount   The least cost of an order in minor units.
max_cost           amount   The greatest cost of an order in minor units.
max_per_order      amount   The most subsidy of one order in minor units.
second_person      boolean  Whether a second person must approve.
payment            text     When it is paid: immediate, after_check, held.
effect             text     What it does to open orders.
site_id            text     The place of a provider.
direction          text     Which way it goes: over, under, beside; debit, credit.
act                integer  Number of the act in the party's record.
level              text     The step of the ladder, or the level of government.
command            text     The command.
number_of          integer  Its number.
commitment         text     The SHA-256 that commits to the seed.
seed               text     The seed in hexadecimal, once revealed.
measure            text     The measure: of another body, or what is to follow from a correction.
source_id          text     The order or grant that it arose from.
product_id         text     The product.
fee                amount   The fee in minor units.
unit               text     The unit of the fee.
demand_id          text     The demand.
offer_id           text     The offer.
budget             amount   The greatest price in minor units.
stars              integer  One star to five.
file_id            text     The file for the bank.
form               text     The form of the document.
pay_on             day      The day on which the bank is to pay.
statement_id       text     The bank's statement.
line_id            text     The line of the bank's statement.
booked_on          day      The day on which the bank booked it.
bank_reason        text     The bank's reason.
opening            amount   Balance before, in minor units.
opening_side       text     Side of the balance before.
closing            amount   Balance after, in minor units.
closing_side       text     Side of the balance after.
credited           amount   Sum of the credits in minor units.
debited            amount   Sum of the debits in minor units.
booklet_id         text     The booklet of coupons.
origin             text     The name of the log.
token_digest       text     SHA-256 of the token of a time stamping authority.
stamped            text     The time that an outsider states.
witness            text     The witness, by the name and ID of its key.
population         text     What is drawn from.
method             text     How it is drawn.
items              integer  How many are drawn.
redacted_seq       integer  Number of the entry that was redacted.
committed_seq      integer  Number of the entry that commits to the value.
leaf_hash          text     The leaf of the entry as it was recorded, in base64.
size               integer  The number of entries that is spoken of.
root               text     The root of the tree in hexadecimal.
note_digest        text     SHA-256 of the signed note.
old_key            text     The key before.
old_origin         text     The name of the log before.
old_size           integer  The number of entries that were signed under it.
new_key            text     The key from then on.
occasion           text     On which occasion.
manifest_digest    text     SHA-256 of the list of files of a bundle.
formats            text     The forms of its tables, as a JSON list.
correction_id      text     The correction.
basis              text     What was wrong: facts, policy or suspension.
stands             amount   What was paid, or unused, when it was found, in minor units.
seqs               text     Numbers of the entries behind it, as a JSON list.
field              text     Which value of a subject.
key_id             text     The key, by its thumbprint.
purpose            text     What it was made for.
recipient          text     Who received it.
"""

# Name of a column -> (kind, what it says).
GLOSSARY: "Final[Mapping[str, tuple[Kind, str]]]" = MappingProxyType(
    {name: (kind, text) for name, kind, text in (line.split(maxsplit=2) for line in _WORDS.strip().splitlines())}  # type: ignore[misc]
)
