"""What the page says of a proof, and of a content beside it, in sentences that a citizen and a court understand."""

from __future__ import annotations

from dataclasses import dataclass

from credit_register.core.clock import SHANGHAI
from credit_register.reports.proofs import Proof, ProofKeys, Signature, Unreadable, read_content, read_proof


@dataclass(frozen=True)
class Verdict:
    """One finding; `about` and `result` are for programs, `tone` is one of good, warning, bad."""

    about: str
    result: str
    tone: str
    title: str
    sentence: str


def verdicts(keys: ProofKeys, proof_text: str, content_text: str) -> tuple[Verdict, ...]:
    """What there is to say; about the content only when one was given."""
    try:
        proof = read_proof(proof_text)
    except Unreadable as reason:
        return (Verdict("signature", "unreadable", "bad", "读不出存证凭证", str(reason)),)
    signature = keys.judge(proof)
    found = (_of_signature(proof, signature),)
    return (*found, _of_content(proof, signature, content_text)) if content_text else found


def _of_signature(proof: Proof, signature: Signature) -> Verdict:
    if signature is Signature.VALID:
        moment = proof.filed_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
        sentence = f"本系统在北京时间 {moment} 收到了一份内容，凭证里的摘要就是它的，此后没有被改动。"
        return Verdict("signature", signature.value, "good", "签名有效", sentence)
    if signature is Signature.INVALID:
        return Verdict(
            *("signature", signature.value, "bad", "签名无效"),
            "凭证签发以后被改动过，不能证明任何事情。请使用原来下载的文件再试一次。",
        )
    return Verdict(
        *("signature", signature.value, "warning", "由其他系统或旧密钥签发"),
        f"签发它的密钥（编号 {proof.key}）不在本系统现用的密钥之中，这里不能判断真假。"
        "请向凭证上写的网站，或向本站的主办单位核实。",
    )


def _of_content(proof: Proof, signature: Signature, text: str) -> Verdict:
    try:
        content = read_content(text)
    except Unreadable as reason:
        return Verdict("content", "unreadable", "bad", "读不出内容副本", str(reason))
    if content.sha256 != proof.content_sha256:
        return Verdict(
            *("content", "different", "bad", "内容与凭证不一致"),
            "这份内容不是凭证所说的那一份，或者下载后被改动过（改一个字、一个空格也算）。请使用同一次提交的两个文件。",
        )
    doubt = "" if signature is Signature.VALID else "但签名没有得到确认，所以仍不能证明提交的时间。"
    return Verdict(
        *("content", "same", "good" if signature is Signature.VALID else "warning", "内容与凭证一致"),
        f"内容副本和凭证中的摘要一字不差。{doubt}",
    )
