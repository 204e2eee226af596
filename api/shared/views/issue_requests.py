"""What a unit asks for, typed at the desk or sent by a system."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from certsvc.certificates.issuance.rules import IssueRequest
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType
from certsvc.people.rights.rules import Actor

_TEXT_MAX_LENGTH = 1000


Text = Annotated[str, Field(max_length=_TEXT_MAX_LENGTH)]


class CertificateRequest(BaseModel):
    """What a unit asks for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "type": "social-insurance",
                    "holder": "990101199003070023",
                    "matter": "talent-subsidy",
                    "purpose": "申领人才住房补贴",
                }
            ]
        },
    )

    type: Annotated[Text, Field(description="Code of the certificate type")]
    holder: Annotated[Text, Field(description="Number of the holder's document")]
    holder_kind: Annotated[
        HolderCodeType, Field(description="Its kind (GB/T 36903); 111 is an identity number")
    ] = HolderCodeType.IDENTITY_NUMBER
    unit: Annotated[
        Text | None,
        Field(description="Credit code of the extracting unit; the caller's own if absent"),
    ] = None
    matter: Annotated[Text, Field(description="Code of the matter it is needed for")]
    purpose: Annotated[Text, Field(description="Printed on the face")] = ""
    reply: Annotated[
        Text | None, Field(description="Number of the department's reply it rests on")
    ] = None

    def to_issue_request(self, actor: Actor, idempotency_key: str) -> IssueRequest:
        """Put the request into the service's terms.

        Raises:
            HolderCodeInvalidError: the holder's number is malformed.
        """
        return IssueRequest(
            type_code=self.type,
            holder=HolderCode(value=self.holder, kind=self.holder_kind),
            unit_code=self.unit or actor.unit_code or "-",
            matter_code=self.matter,
            purpose=self.purpose,
            idempotency_key=idempotency_key,
            reply_id=self.reply,
        )
