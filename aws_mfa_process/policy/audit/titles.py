"""What each number stands for, in the order of how grave it is."""

from typing import Final

TITLES: Final = {
    "AMP101": "MFA does not bind the keys of these users",
    "AMP102": "Whoever holds the key of these users may make the MFA device themselves",
    "AMP103": "Whether MFA binds the keys of these users cannot be told",
    "AMP106": "The root user has access keys",
    "AMP107": "The root user has no MFA device",
    "AMP110": "These roles can be assumed without MFA",
    "AMP111": "These roles let another account in without MFA or an external id",
    "AMP112": "Whether these roles can be assumed without MFA cannot be told",
    "AMP114": "Keys of these users change MFA devices of others",
    "AMP104": "These users have no MFA device",
    "AMP105": "The MFA device of these users gives no codes",
    "AMP108": "These access keys are older than 90 days",
    "AMP109": "These access keys were never used",
    "AMP113": "Policies are attached to these users directly",
}
