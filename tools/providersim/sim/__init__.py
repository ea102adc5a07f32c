"""providersim: stands in for Twilio and Retell over real HTTP.

It implements the providers' published contracts on its own, and shares no code with the product, so that a
misreading of a contract shows up as a failing test instead of two equal mistakes.
"""
