"""What people ask voice assistants, and what must happen. It is Saturday, 21 November 2026, 3:20 PM
UTC. The answers come from calendars, atlases and pocket calculators, not from Marvin.
"""

REFUSED = "refused"
"""Marvin says that it cannot, and what the user can do about it."""
OPEN = "open"
"""A question of knowledge: for the language model, and without one Marvin says how to get one."""

QUESTIONS = {
    # Time
    "what time is it": r"3:20 PM",
    "what time is it in Tokyo": r"12:20 AM.*Sunday",
    "what's the time in New York right now": r"10:20 AM",
    "what time is it in Germany": r"4:20 PM",
    "what time is it in California": r"7:20 AM",
    "time in Sydney": r"2:20 AM.*Sunday",
    "what time is it in India": r"8:50 PM",
    "what is the time difference between London and New York": r"5 hours",
    "how many hours ahead is Tokyo": r"9 hours",
    "how long until five pm": r"1 hour and 40 minutes",
    "how long is it until midnight": r"8 hours and 40 minutes",
    "what time will it be in three hours": r"6:20 PM",
    "how many hours are there between 9 am and 5:30 pm": r"8 hours and 30 minutes",
    # Dates
    "what day is it today": r"Saturday",
    "what's today's date": r"21 November 2026",
    "what day is Christmas this year": r"Friday, 25 December 2026",
    "how many days until Christmas": r"34 days",
    "when is Easter next year": r"28 March 2027",
    "when is Thanksgiving": r"26 November 2026",
    "what date is Mother's Day": r"9 May 2027",
    "how many weeks until New Year": r"5 weeks and 6 days",
    "what is the date next Friday": r"27 November 2026",
    "what day of the week is July 4th 2027": r"Sunday",
    "how many days since January 1st": r"324 days",
    "how many days are there in February": r"28",
    "how many days between March 1st and April 15th": r"45 days",
    "what week of the year is it": r"47",
    "is 2028 a leap year": r"2028 is a leap year",
    "when is the next leap year": r"2028",
    "how old am I if I was born in 1980": r"45 or 46",
    # Numbers
    "what's 15% of 80": r"\b12\b",
    "what is a 15 percent tip on 42 dollars": r"6 dollars and 30 cents",
    "how much should I tip on $60": r"15 percent is 9\b.*20 percent is 12\b",
    "split 80 dollars between four people": r"\b20 dollars\b",
    "split a 90 dollar bill three ways with a 20 percent tip": r"\b36 dollars\b",
    "what percentage of 80 is 20": r"\b25 percent\b",
    "what is the square root of 144": r"\b12\b",
    "how many cups are in a gallon": r"\b16\b",
    "convert 10 kilometers to miles": r"6\.214",
    "how many teaspoons in a tablespoon": r"\b3\b",
    # Chance
    "roll a die": r"\b[1-6]\b",
    "roll two dice": r"\b[1-6]\b.*\b[1-6]\b.*\b([2-9]|1[0-2])\b",
    "roll a d20": r"\b(1?[0-9]|20)\b",
    "flip a coin": r"[Hh]eads|[Tt]ails",
    "heads or tails": r"[Hh]eads|[Tt]ails",
    "give me a random number between 1 and 100": r"\b([1-9][0-9]?|100)\b",
    "pick a number from one to ten": r"\b([1-9]|10)\b",
    "pick one: red or blue": r"[Rr]ed|[Bb]lue",
    # Words
    "how do you spell necessary": r"N, E, C, E, S, S, A, R, Y",
    "spell definitely": r"D, E, F, I, N, I, T, E, L, Y",
    "how many letters are in the word elephant": r"\b8\b",
    # About Marvin
    "who are you": r"Marvin",
    "what can you do": r"You can say",
    "who made you": r"open source|people",
    "where does my data go": r"this machine",
    "are you listening": r"listening",
    "are you recording me": r"wake word|do not (keep|record)",
    "tell me a joke": r".{20}",
    "how are you": r"well",
    "thank you": r"welcome",
    # Skills that have long been there
    "set a timer for ten minutes": r"10 minutes",
    "volume up": r"60 percent",
    # What nothing here can do or know
    "what's the weather like tomorrow": REFUSED,
    "will it rain this weekend": REFUSED,
    "what time is sunset": REFUSED,
    "what's in the news": REFUSED,
    "play some music": REFUSED,
    "call mom": REFUSED,
    "send a message to Dad": REFUSED,
    "turn on the living room lights": REFUSED,
    "order paper towels": REFUSED,
    "how's the traffic to work": REFUSED,
    "did the Lakers win last night": REFUSED,
    "how do I get to the airport": REFUSED,
    "what movies are playing near me": REFUSED,
    "how is the stock market doing": REFUSED,
    "how much is 50 dollars in euros": REFUSED,
    "where is my phone": REFUSED,
    # Knowledge
    "what is the capital of France": OPEN,
    "how tall is Mount Everest": OPEN,
    "who wrote Romeo and Juliet": OPEN,
    "what does serendipity mean": OPEN,
    "how do you say good morning in Spanish": OPEN,
    "how do I make pancakes": OPEN,
}
