"""One session with a PKCS#11 token; runs in a process of its own, see :mod:`keys.token_worker`.

* No login is tried where a wrong PIN would be the last: a person must look first.
* Keys are generated sensitive and not extractable, for signing alone; none is ever exported.
* Signing is raw: digests are computed by the caller, so a token need not know any digest.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass, TokenFlag
from pkcs11.mechanisms import MGF
from pkcs11.types import Certificate, Object, PrivateKey, PublicKey, Session, SignMixin, Token
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters
from pkcs11.util.rsa import encode_rsa_public_key
from pkcs11.util.x509 import decode_x509_certificate

from keys.token_messages import Message

_ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")  # RFC 8410 section 4
_ED25519_PARAMS = bytes.fromhex("06032b6570")
_POINT_BYTES = 32
_CURVES = {"ecdsa-p256-sha256": "secp256r1", "ecdsa-p384-sha384": "secp384r1"}
_SHA256_PSS = (Mechanism.SHA256, MGF.SHA256, 32)
_MECHANISMS: dict[str, tuple[Mechanism, Any]] = {
    "ecdsa": (Mechanism.ECDSA, None),
    "eddsa": (Mechanism.EDDSA, None),
    "rsa-pkcs1": (Mechanism.RSA_PKCS, None),
    "rsa-pss": (Mechanism.RSA_PKCS_PSS, _SHA256_PSS),
}


class TokenRefusal(Exception):  # noqa: N818  not an error of the token: a rule of ours
    """A request that is not put to the token; ``kind`` travels in place of its error."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(kind)


class TokenSession:
    """A token, open."""

    def __init__(self) -> None:
        self._session: Session | None = None
        self._keys: dict[tuple[str, str], PrivateKey] = {}
        self._acts: dict[str, Callable[[Message], Message]] = {
            "open": self._open,
            "find": self._find,
            "sign": self._sign,
            "generate": self._generate,
            "list": self._list,
            "import": self._import,
            "destroy": self._destroy,
        }

    def carry_out(self, request: Message) -> Message:
        """Do what a request asks.

        Raises:
            TokenRefusal: A rule forbids it.
            PKCS11Error: The token refuses, or is gone.
        """
        return self._acts[request["do"]](request)

    def _open(self, request: Message) -> Message:
        token = _find_token(request)
        pin = request.get("pin")
        if pin is not None:
            _require_login_is_safe(token)
        elif TokenFlag.LOGIN_REQUIRED in token.flags:
            raise TokenRefusal("PinMissing")
        self._session = token.open(user_pin=pin, rw=bool(request.get("writable")))
        return {
            "token": {
                "label": token.label,
                "serial": token.serial.decode("ascii", "replace"),
                "manufacturer": token.manufacturer_id,
                "model": token.model,
            }
        }

    def _find(self, request: Message) -> Message:
        key = self._key(request)
        return self._describe_public(key.id, key.label)

    def _sign(self, request: Message) -> Message:
        mechanism, parameter = _MECHANISMS[request["mechanism"]]
        key = self._key(request)
        if not isinstance(key, SignMixin):
            raise TokenRefusal("KeyFunctionNotPermitted")
        signature = key.sign(
            bytes.fromhex(request["data"]), mechanism=mechanism, mechanism_param=parameter
        )
        return {"signature": signature.hex()}

    def _generate(self, request: Message) -> Message:
        session, label, key_id = self._open_session, request["label"], bytes.fromhex(request["id"])
        if any(_matches(session, ObjectClass.PRIVATE_KEY, label=label)) or any(
            _matches(session, ObjectClass.PRIVATE_KEY, key_id=key_id)
        ):
            raise TokenRefusal("KeyExists")
        chosen: dict[str, Any] = {
            "id": key_id,
            "label": label,
            "store": True,
            "capabilities": MechanismFlag.SIGN | MechanismFlag.VERIFY,
            "private_template": {
                Attribute.SENSITIVE: True,
                Attribute.EXTRACTABLE: False,
                Attribute.PRIVATE: True,
            },
        }
        algorithm = request["algorithm"]
        if algorithm == "ed25519":
            _curve(session, KeyType.EC_EDWARDS, _ED25519_PARAMS).generate_keypair(
                mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN, **chosen
            )
        elif algorithm in _CURVES:
            params = encode_named_curve_parameters(_CURVES[algorithm])
            _curve(session, KeyType.EC, params).generate_keypair(
                mechanism=Mechanism.EC_KEY_PAIR_GEN, **chosen
            )
        else:
            session.generate_keypair(KeyType.RSA, int(request["bits"]), **chosen)
        return self._describe_public(key_id, label)

    def _list(self, _: Message) -> Message:
        found = _matches(self._open_session, ObjectClass.PRIVATE_KEY)
        keys = [key for key in found if isinstance(key, PrivateKey)]
        return {"keys": [{"label": key.label, "id": key.id.hex()} for key in keys]}

    def _import(self, request: Message) -> Message:
        key = self._key(request)
        template = decode_x509_certificate(bytes.fromhex(request["certificate"]))
        old = list(_matches(self._open_session, ObjectClass.CERTIFICATE, key_id=key.id))
        self._open_session.create_object(
            {**template, Attribute.TOKEN: True, Attribute.ID: key.id, Attribute.LABEL: key.label}
        )
        for certificate in old:
            certificate.destroy()
        return {}

    def _destroy(self, request: Message) -> Message:
        key = self._key(request)
        key_id, label = key.id, key.label
        self._keys.clear()
        key.destroy()
        for kind in (ObjectClass.PUBLIC_KEY, ObjectClass.CERTIFICATE):
            for each in list(_matches(self._open_session, kind, label=label, key_id=key_id)):
                each.destroy()
        return {}

    @property
    def _open_session(self) -> Session:
        if self._session is None:
            raise TokenRefusal("SessionClosed")
        return self._session

    def _key(self, request: Message) -> PrivateKey:
        name = (request.get("label", ""), request.get("id", ""))
        if name not in self._keys:
            found = self._open_session.get_key(
                ObjectClass.PRIVATE_KEY,
                label=name[0] or None,
                id=bytes.fromhex(name[1]) if name[1] else None,
            )
            if not isinstance(found, PrivateKey):
                raise TokenRefusal("NoSuchKey")
            self._keys[name] = found
        return self._keys[name]

    def _describe_public(self, key_id: bytes, label: str) -> Message:
        session = self._open_session
        for found in _matches(session, ObjectClass.PUBLIC_KEY, label=label, key_id=key_id):
            if isinstance(found, PublicKey):
                return {"public_key": _encode(found).hex()}
        for found in _matches(session, ObjectClass.CERTIFICATE, key_id=key_id):
            if isinstance(found, Certificate):
                return {"certificate": bytes(found[Attribute.VALUE]).hex()}
        raise TokenRefusal("NoPublicKey")


def _find_token(request: Message) -> Token:
    library = pkcs11.lib(request["module"])
    wanted = request["token"]
    found = [
        token
        for slot in library.get_slots(token_present=True)
        if wanted.get("slot-id") in (None, str(slot.slot_id))
        for token in [slot.get_token()]
        if TokenFlag.TOKEN_INITIALIZED in token.flags and _is_wanted(token, wanted)
    ]
    if len(found) > 1:
        raise TokenRefusal("MultipleTokensReturned")
    if not found:
        raise TokenRefusal("NoSuchToken")
    return found[0]


def _is_wanted(token: Token, wanted: dict[str, str]) -> bool:
    has = {
        "token": token.label,
        "serial": token.serial.decode("ascii", "replace"),
        "manufacturer": token.manufacturer_id,
        "model": token.model,
    }
    return all(wanted.get(name) in (None, value) for name, value in has.items())


def _require_login_is_safe(token: Token) -> None:
    # Counters are the token's own: another program's mistakes are counted as well.
    if token.flags & (TokenFlag.USER_PIN_LOCKED | TokenFlag.USER_PIN_FINAL_TRY):
        raise TokenRefusal("PinLocked")


def _curve(session: Session, kind: KeyType, params: bytes) -> pkcs11.DomainParameters:
    return session.create_domain_parameters(kind, {Attribute.EC_PARAMS: params}, local=True)


def _matches(
    session: Session, kind: ObjectClass, *, label: str = "", key_id: bytes = b""
) -> Iterator[Object]:
    wanted: dict[Attribute, Any] = {Attribute.CLASS: kind}
    if label:
        wanted[Attribute.LABEL] = label
    if key_id:
        wanted[Attribute.ID] = key_id
    return iter(list(session.get_objects(wanted)))


def _encode(key: PublicKey) -> bytes:
    if key.key_type is KeyType.RSA:
        return encode_rsa_public_key(key)
    if key.key_type is KeyType.EC_EDWARDS:
        # Some tokens wrap the point in an OCTET STRING, some do not.
        return _ED25519_SPKI + bytes(key[Attribute.EC_POINT])[-_POINT_BYTES:]
    return encode_ec_public_key(key)
