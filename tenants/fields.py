"""The one column that django-fernet-fields seals: a tenant's data key."""

from typing import Any

from fernet_fields import EncryptedTextField


class WrappedKeyField(EncryptedTextField):
    """Text wrapped with the first of FERNET_KEYS and read with any of them.

    Takes plain text only. `bulk_update` and `F()` hand over an SQL expression, and the package
    would encrypt its wording, with the keys of all rows inside, in place of the value.
    """

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if type(value) is not str:
            raise TypeError(f"a data key is saved as text, one row at a time, not {type(value)!r}")
        return super().get_db_prep_save(value, connection)
