"""协查: a person in a department answers from its records.

Begun here: the handler's reply, which a certificate of the route DEPARTMENT_VERIFICATION rests on.
The inquiry letter, its deadline and its escalation follow.
"""
