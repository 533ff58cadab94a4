"""Sample applications in every state, by people who opened their accounts themselves."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime

from PIL import Image

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.institutions.entries import Upload
from credit_register.registrations import queries, review
from credit_register.registrations.application import Facts, public_facts
from credit_register.registrations.models import Registration
from credit_register.registrations.services import Filled, discard, save_draft, send
from credit_register.web.sample.accounts import SampleAccounts
from credit_register.web.sample.story import Story, institutions_of, staff

# Codes that pass the check and belong to nobody.
NEW = (
    ("91510100MA7700006H", "成都示例晨星信用管理有限公司", "510100", ("06", "04")),
    ("91510100MA7700137D", "成都示例远航征信服务有限公司", "510100", ("01",)),
    ("91510700MA77002688", "绵阳示例正衡信用评价有限公司", "510700", ("05",)),
    ("91511500MA77003996", "宜宾示例同信商账管理有限公司", "511500", ("07",)),
    ("91510100MA7700524R", "成都示例知信数据技术有限公司", "510100", ("08",)),
    ("91330200MA7700786H", "宁波示例启航信用服务有限公司", "330200", ("06", "10")),
    ("91330600MA7700911T", "绍兴示例诚行信用调查有限公司", "330600", ("04",)),
)


def add_registrations(story: Story, accounts: SampleAccounts) -> None:
    """One application, at least, in every state."""
    sent, overdue, returned, refused, draft, discarded, foreign = (
        accounts.applicant(code, now=story.now) for code, *_ in NEW
    )
    reviewer, other_reviewer = staff(Role.REVIEWER, "510000"), staff(Role.REVIEWER, "330000")
    facts = [_facts(*entry) for entry in NEW]

    story.on(2, lambda now: _send(sent, facts[0], now))
    story.on(16, lambda now: _send(overdue, facts[1], now))
    story.on(9, lambda now: _send(returned, facts[2], now))
    story.on(
        6,
        lambda now: _turn_down(
            returned, "return", "营业执照照片模糊，住所看不清，请重新拍摄后提交。", reviewer, now
        ),
    )
    story.on(20, lambda now: _send(refused, facts[3], now))
    story.on(
        17,
        lambda now: _turn_down(
            refused, "refuse", "营业执照的经营范围不含信用服务，不属于本栏目的登记对象。", reviewer, now
        ),
    )
    story.on(1, lambda now: save_draft(Filled(facts[4], draft.uscc or ""), actor=draft.actor, now=now))
    story.on(
        12, lambda now: save_draft(Filled(facts[5], discarded.uscc or ""), actor=discarded.actor, now=now)
    )
    story.on(11, lambda now: _give_up(discarded.actor, now))
    story.on(3, lambda now: _send(foreign, facts[6], now))

    claimed = institutions_of("51", 1, after=3)[0]
    claimant = accounts.applicant(claimed.uscc, now=story.now)
    story.on(1, lambda now: _send(claimant, public_facts(claimed), now))
    owned = institutions_of("33", 1, after=5)[0]
    accepted = accounts.applicant(owned.uscc, now=story.now)
    story.on(30, lambda now: _send(accepted, public_facts(owned), now))
    story.on(27, lambda now: _accept(accepted, other_reviewer, now))
    changed = institutions_of("33", 1, after=3)[0]
    changing = accounts.applicant(changed.uscc, now=story.now, confirmed=True)
    moved = replace(public_facts(changed), address="示例新区示例大道 66 号", phone="0571-00000066")
    story.on(4, lambda now: _send(changing, moved, now))


def _facts(code: str, name: str, region: str, categories: tuple[str, ...]) -> Facts:
    return Facts(
        name=name,
        legal_representative="陈示例",
        region=region,
        categories=categories,
        address=f"示例路 {int(code[10:14]) % 300 + 1} 号",
        phone="028-00000000" if region.startswith("51") else "0571-00000000",
        introduction="示例机构，用于展示登记申请的办理过程。",
    )


def _send(account: Account, facts: Facts, now: datetime) -> None:
    licence = Upload(io.BytesIO(_licence()), "营业执照示例.png")
    send(Filled(facts, account.uscc or "", licence), actor=account.actor, now=now)


def _open(account: Account) -> Registration:
    registration = queries.open_registration(account.actor)
    assert registration is not None
    return registration


def _turn_down(account: Account, move: str, reason: str, actor: Actor, now: datetime) -> None:
    registration = _open(account)
    review.turn_down(registration, move, reason=reason, version=registration.version, actor=actor, now=now)


def _accept(account: Account, actor: Actor, now: datetime) -> None:
    registration = _open(account)
    review.accept(
        registration,
        reason="材料与营业执照一致。",
        version=registration.version,
        entry_version=None,
        actor=actor,
        now=now,
    )


def _give_up(actor: Actor, now: datetime) -> None:
    registration = queries.open_registration(actor)
    assert registration is not None
    discard(version=registration.version, actor=actor, now=now)


def _licence() -> bytes:
    """A picture that stands for a licence and shows nothing."""
    target = io.BytesIO()
    Image.new("RGB", (600, 420), (238, 240, 245)).save(target, "PNG")
    return target.getvalue()
