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
    # More, in other words
    "what's the time in Los Angeles": r"7:20 AM",
    "what time is it over in London": r"3:20 PM",
    "do you know what time it is in Paris": r"4:20 PM",
    "what's the current time in Singapore": r"11:20 PM",
    "what time is it in Brazil right now": r"12:20 PM|several time zones",
    "what time is it in Texas": r"9:20 AM",
    "what's the time difference between here and Tokyo": r"9 hours",
    "how far ahead is Berlin": r"1 hour",
    "when it's 9 am in New York what time is it in London": r"2:00 PM",
    "if it's noon here what time is it in Mumbai": r"5:30 PM",
    "how many minutes until 4 o'clock": r"40 minutes",
    "how much time do I have until 6:30 pm": r"3 hours and 10 minutes",
    "how long till 10 tonight": r"6 hours and 40 minutes",
    "how many hours until tomorrow morning at 8": r"16 hours and 40 minutes",
    "what time was it 45 minutes ago": r"2:35 PM",
    "what time will it be in an hour and a half": r"4:50 PM",
    "how many hours is it from 8:15 to 17:00": r"8 hours and 45 minutes",
    "what's the day today": r"Saturday",
    "what date is it tomorrow": r"22 November",
    "what's the date on Monday": r"23 November",
    "what date is two weeks from today": r"5 December",
    "what day was it 100 days ago": r"Thursday",
    "what day is New Year's Eve": r"Thursday",
    "when is Hanukkah this year": r"do not know",
    "when is Father's Day": r"20 June 2027",
    "when's Labor Day": r"6 September 2027",
    "how many days till Halloween": r"344 days",
    "how many sleeps until Christmas": r"34",
    "how many months until Easter": r"4 months and 7 days",
    "how long until Valentine's Day": r"85 days",
    "what day of the week was July 20th 1969": r"Sunday",
    "on what day does Christmas fall in 2030": r"Wednesday",
    "how many days until my birthday on May 3rd": r"163 days",
    "how many days are left this year": r"40",
    "how many days in a leap year": r"366",
    "how many days does April have": r"30",
    "how many weeks are there in a year": r"52",
    "what's the week number": r"47",
    "I was born on March 3rd 1990, how old am I": r"36",
    "what's 7 times 8": r"56",
    "what is 20 percent of 250": r"50",
    "how much is 12.50 plus 7.25": r"19\.75",
    "what's 18% tip on $85.50": r"15\.39|15 dollars and 39",
    "calculate a 20 percent tip for 35 euros": r"7 euros",
    "divide a 120 dollar check by 5 people": r"24 dollars",
    "split 150 six ways": r"\b25\b",
    "what's 30 percent off 60 dollars": r"42",
    "how many ounces in a pound": r"16",
    "how many feet are in a mile": r"5,?280",
    "roll the dice": r"[1-6]",
    "roll 3 dice": r"together",
    "throw a 12 sided die": r"\b(1[0-2]?|[1-9])\b",
    "flip a coin for me please": r"Heads|Tails",
    "choose between pizza and sushi": r"Pizza|Sushi",
    "random number between 5 and 15": r"\b([5-9]|1[0-5])\b",
    "pick a card": r"of (hearts|diamonds|clubs|spades)",
    "how is rhythm spelled": r"R, H, Y, T, H, M",
    "can you spell accommodate for me": r"A, C, C, O, M, M, O, D, A, T, E",
    "how many letters does Mississippi have": r"11",
    "are you always listening": r"wake word",
    "do you have a name": r"Marvin",
    "are you a real person": r"program",
    "tell me another joke": r".{20}",
    "what do you do": r".",
    "how much does a bitcoin cost": REFUSED,
    "what's the weather": REFUSED,
    "do I need an umbrella today": REFUSED,
    "what time does the sun come up tomorrow": REFUSED,
    "when is the next full moon": REFUSED,
    "what's the score of the game": REFUSED,
    "when do the Yankees play next": REFUSED,
    "what's on TV tonight": REFUSED,
    "play the Beatles": REFUSED,
    "convert 100 US dollars to yen": REFUSED,
    "what's Apple's stock price": REFUSED,
    "find a restaurant near me": REFUSED,
    "when does the pharmacy close": REFUSED,
    "what's the fastest way to work": REFUSED,
    "read me the news": REFUSED,
    "where's my package": REFUSED,
    "turn the thermostat to 70": REFUSED,
    "lock the front door": REFUSED,
    "call an ambulance": REFUSED,
    "add a meeting to my calendar": REFUSED,
    "who was the first man on the moon": OPEN,
    "how do you say thank you in Japanese": OPEN,
    "what's a good recipe for lasagna": OPEN,
    "define ubiquitous": OPEN,
    "how old is Tom Hanks": OPEN,
    "why is the sky blue": OPEN,
    "what's the time in Chicago please": r"9:20 AM",
    "tell me the time in Rome": r"4:20 PM",
    "current time Dubai": r"7:20 PM",
    "what hour is it in Hong Kong": r"11:20 PM",
    "is it morning in Seattle": r"7:20 AM|morning",
    "what's the time zone in Denver": r"7 hours",
    "how many hours behind is San Francisco": r"8 hours",
    "what is 3 pm Eastern time in London": r"8:00 PM",
    "how long until noon tomorrow": r"20 hours and 40 minutes",
    "how long before 8 pm": r"4 hours and 40 minutes",
    "how many hours from 10 pm to 6 am": r"8 hours",
    "what time is it 5 hours from now": r"8:20 PM",
    "what's the month": r"November",
    "today's date please": r"21 November",
    "what day will it be on December 31st": r"Thursday",
    "what day does Thanksgiving fall on": r"Thursday, 26 November",
    "when is Black Friday": r"27 November 2026",
    "how many days until the weekend": r"weekend|Saturday|today",
    "how many weeks until June 1st": r"27 weeks and 3 days",
    "how long ago was January 1st 2000": r"\d",
    "how many days since March 3rd 2020": r"2454",
    "what's the date 30 days from now": r"21 December",
    "how old is someone born in 2001": r"24 or 25",
    "how many days are in this month": r"30",
    "what is 100 divided by 8": r"12\.5",
    "15 times 15": r"225",
    "whats 40 minus 17": r"23",
    "what's a third of 99": r"33",
    "twenty percent of eighty five": r"17",
    "what's a 20% tip on a $64 bill": r"12\.8",
    "tip for 48 dollars": r"7 dollars and 20 cents",
    "what do we each pay if four of us split 100 dollars": r"25 dollars",
    "split $75 between 3": r"25",
    "how many grams in an ounce": r"28\.35",
    "what's 6 feet in centimeters": r"182\.88",
    "350 fahrenheit to celsius": r"176\.67",
    "roll a six sided die": r"[1-6]",
    "roll 2d6": r"together",
    "toss a coin": r"Heads|Tails",
    "call heads or tails": r"Heads|Tails",
    "pick a random number": r"\d",
    "choose a number between 1 and 5": r"[1-5]",
    "pick between left and right": r"Left|Right",
    "how do I spell entrepreneur": r"E, N, T, R, E, P, R, E, N, E, U, R",
    "what's the spelling of Massachusetts": r"M, A, S, S",
    "how is the word conscience spelled": r"C, O, N, S",
    "got any jokes": r".{20}",
    "tell me something funny": r".{20}",
    "who built you": r"open source",
    "are you recording everything I say": r"this machine",
    "do you share my data with anyone": r"this machine",
    "are you connected to the internet": r"machine",
    "will it snow on Christmas": REFUSED,
    "how hot is it outside": REFUSED,
    "when does the sun set today": REFUSED,
    "what happened in the world today": REFUSED,
    "give me the latest news": REFUSED,
    "who won the Super Bowl": OPEN,
    "what's the Tesla stock price today": REFUSED,
    "how many euros is 100 dollars": REFUSED,
    "show me my emails": REFUSED,
    "play jazz on the kitchen speaker": REFUSED,
    "dim the bedroom lights": REFUSED,
    "where is the nearest gas station": REFUSED,
    "is Walmart open right now": REFUSED,
    "what's playing at the cinema": REFUSED,
    "when is the next bus": REFUSED,
    "text my wife I'll be late": REFUSED,
    "buy more coffee": REFUSED,
    "what's the population of Canada": OPEN,
    "translate hello to French": OPEN,
    "what's the meaning of ephemeral": OPEN,
    "what's the time now": r"3:20 PM",
    "what time is it in Vancouver": r"7:20 AM",
    "what's the time in Beijing": r"11:20 PM",
    "can you tell me what time it is in Madrid": r"4:20 PM",
    "what time is it in Florida": r"10:20 AM",
    "what time is it in South Africa": r"5:20 PM",
    "time difference between Chicago and Paris": r"7 hours",
    "if it's 6 pm in Berlin what time is it in Tokyo": r"2:00 AM",
    "how long until 9 pm": r"5 hours and 40 minutes",
    "how long is it till half past four": r"1 hour and 10 minutes",
    "how many hours until noon": r"20 hours and 40 minutes",
    "how many minutes are left until 3:45": r"25 minutes",
    "what time was it two hours ago": r"1:20 PM",
    "how long from 6:45 am to 2 pm": r"7 hours and 15 minutes",
    "what day of the week is it": r"Saturday",
    "what's the date today": r"21 November 2026",
    "what is next Monday's date": r"23 November|30 November",
    "what day is the 4th of July": r"Sunday, 4 July 2027",
    "what day was yesterday": r"Friday",
    "when is Martin Luther King Day": r"18 January 2027",
    "what date is Easter this year": r"5 April",
    "when is Good Friday": r"26 March 2027",
    "when is Memorial Day 2027": r"31 May 2027",
    "how many days to Christmas": r"34 days",
    "how many more days until Thanksgiving": r"5 days",
    "how many weeks until Valentine's Day": r"12 weeks and 1 day",
    "days until New Year's Day": r"41 days",
    "how long has it been since Halloween": r"21 days",
    "how many days has it been since July 4th": r"140 days",
    "how many days between Christmas and Easter": r"93 days",
    "what week are we in": r"47",
    "was 1900 a leap year": r"not a leap year",
    "how many days are there in a year": r"365",
    "what's my age if I was born in 2000": r"25 or 26",
    "what's 23 plus 58": r"81",
    "what is 9 times 7 plus 3": r"66",
    "what is 5 percent of 1000": r"50",
    "what's half of 250": r"125",
    "what is 2 to the power of 8": r"256",
    "how much is a 20% tip on 55 dollars": r"11 dollars",
    "how much should I tip for a 40 dollar meal": r"6 dollars and 8|8 dollars",
    "split 126 dollars by 6": r"21 dollars",
    "divide 200 by 16": r"12\.5",
    "how many pounds in a kilogram": r"2\.205",
    "how many minutes are in a day": r"1,?440",
    "what's 100 Fahrenheit in Celsius": r"37\.78",
    "roll a dice": r"[1-6]",
    "roll four dice": r"together",
    "flip a coin twice": r"[Hh]eads|[Tt]ails",
    "pick a number between 1 and 1000": r"\d",
    "generate a random number": r"\d",
    "pick one, tea or coffee": r"Tea|Coffee",
    "how do you spell Wednesday": r"W, E, D, N, E, S, D, A, Y",
    "spell beautiful": r"B, E, A, U",
    "what's the correct spelling of separate": r"S, E, P, A, R, A, T, E",
    "what's your name": r"Marvin",
    "are you human": r"program",
    "who created you": r"open source",
    "do you save my recordings": r"this machine",
    "tell us a joke": r".{20}",
    "what's the forecast for the weekend": REFUSED,
    "is it going to be cold tomorrow": REFUSED,
    "when is sunrise tomorrow": REFUSED,
    "play my favorite song": REFUSED,
    "call my brother": REFUSED,
    "turn off all the lights": REFUSED,
    "is the garage door closed": REFUSED,
    "what's the latest news": REFUSED,
    "how's traffic right now": REFUSED,
    "did the Cubs win today": REFUSED,
    "how much is gas": REFUSED,
    "what is 200 pounds in dollars": REFUSED,
    "what's on my calendar today": REFUSED,
    "order a pizza": REFUSED,
    "how far is the airport": REFUSED,
    "what time does Target close": REFUSED,
    "what restaurants are nearby": REFUSED,
    "find my keys": REFUSED,
    "what's the largest planet": OPEN,
    "who is the president of France": OPEN,
    "how do you make scrambled eggs": OPEN,
    "what's a synonym for happy": OPEN,
}

# Sentences about something else that only contain such words.
OTHERS = """
how long until the war ended in 1945 | flip the pancake | spell trouble for the team | roll the dice
on this idea | roll the credits | flip the page | flip a house for profit | toss the salad | toss
the coin into the fountain | a coin has two sides | the die is cast | let us roll | roll out the
dough | how do dice work | who invented dice | why are dice cubes | pick a fight | pick up the kids
and go home | pick a career that suits me | choose life or death of the hero for my story | choose
your words | what is a random number generator | how does a random number generator work | what are
random variables | split the atom | split the difference between us | why did the beatles split |
split the text into sentences | who split the country in two | tip of the iceberg | what is the best
tip for beginners | tips for better sleep | give me a tip for public speaking | a tip on gardening |
should I tip the hairdresser in Japan | why do we tip waiters | cow tipping | cast a spell on me |
who can cast a spell | what is a spell | under the spell of music | a dry spell in june | spell
checkers are useful | letters from my father | how many letters did van gogh write | how many
letters are in the alphabet of the greeks | what is the time signature of take five | it is time to
go in tokyo | what was the time of the crash in lockerbie | how was the time in paris for hemingway
| what time period is dune set in | in what time is the story set | what time did the titanic sink |
how long until humans reach mars | how long until the sun explodes | how many days until the baby
comes | how many days did noah sail | how many days until a cold is over | how long does a day last
on venus | how old was einstein when he died | how old is the universe | how old am I in dog years |
who was born in 1980 | when was christmas invented | why is christmas on the 25th of december | how
is easter celebrated in greece | what is the history of thanksgiving | tell me about mother's day |
what is a leap year | why do we have leap years | what week in the pregnancy is the heart formed |
how many weeks is a pregnancy | what is the difference between london and new york | what is the
difference between utc and gmt | how far is tokyo from london | how many hours should I sleep | how
long is the flight from london to new york | how long is the day in summer | is the joke in hamlet
funny | what makes a joke funny | why did the chicken cross the road | the joke is on me | who made
you cry | who made the first car | who are you going to vote for | where does my heart sit | where
does the data of a black box go | are you saying that I am wrong | are you sure | what percent of
people are left handed | what percentage of the earth is water | what time is breakfast in a typical
hotel | between noon and midnight what did cinderella do | when does the sun become a red giant |
how do I get to know people | how do I get better at chess | how is the stock for a soup made | did
the romans win | what movies did kubrick make | how long until dinner was served on the titanic |
how long until the dough rises | how long until we run out of oil | what time is dinner in Spain
usually | what is the time complexity of quicksort | what is the best time to visit Tokyo | what was
the time like in London during the war | what is Tokyo like | is London bigger than Paris | who
lives in Germany | what date did the war end | what day did Kennedy die | when is the best day to
plant tomatoes | how many days do I need in Rome | how many days can you live without water | how
long ago did dinosaurs live | how old do you have to be to vote | how old should a puppy be | how
many hours are in a work week in France | what week is fashion week | what is a week in the life of
a nurse | how many days from egg to chick | what is between Christmas and New Year called | is
Christmas a pagan holiday | why do we celebrate Halloween | who rolls the dice in monopoly first |
what are the odds of rolling two sixes | how do you win at dice | flip the switch in my brain | flip
the sentence around | toss me an idea for dinner | throw a party for my cat in a story | throw a die
hard themed party | heads or tails which is more likely | why does a coin have a head | coin a
phrase | is a random number ever truly random | pick a name for my dog | pick a topic for my essay |
choose an outfit from the following | decide whether I should quit my job | draw a card for my
mother | draw a house | split infinitives are fine | who split up first | split an infinitive |
divide and conquer | share a secret with me | share the bill or pay alone on a first date | how much
should I tip a waiter in Paris | what is a good tip for a barber | tips for a 20 percent raise |
what percentage of people like jazz | what is percent error | how do you spell checkmate in chess
notation and why | spelling bee rules | what is the spelling reform | spell out the reasons for the
war | how many letters are in the alphabet | how many letters did Paul write | who made the mona
lisa | who made that noise | who created the universe | where does my food come from | where are you
going with this | are you kidding me | are you for real | are you in love with me | do you have any
advice | do you have a favourite color | tell me a story about a joke | explain this joke to me |
what is an inside joke | when does the moon landing anniversary happen | when did the sun form | how
do I get home from a bad date gracefully in a story | how do I get over my ex | how is the market
economy defined | what is the market for lemons | how many dollars did the first car cost | how many
euros make a fortune in a fairy tale | did Rome win the punic wars | what time should I eat in Rome
| what time does Rome wake up | the time in Rome was great | what time is it when an elephant sits
on your fence | who invented time zones | why is Denver a mile high | how many hours behind schedule
was the Titanic | how long before bread goes stale | how long before 8 pm should I stop eating | how
many days since the dawn of man | how long ago did Rome fall | how many weeks until puppies open
their eyes | what day does the mail come in America | what is a third of the population | what is a
tip jar | tip of my tongue | split the bill in congress | who splits logs | roll call | roll back
the clock in the story | choose a president for me and explain | choose between good and evil in the
story and write it | pick a lock | pick flowers in my garden story | spell it out for me | how do I
spell check a document | what is the spelling bee champion called | how many letters does the
postman carry | got any advice | got any plans | tell me something interesting | who built the
pyramids | who built Rome | are you recording an album | share a story with anyone | how many days
are in a Martian month | how old is someone in dog years | is it after the war that he died | who is
the spelling champion | what is a credit score | what is the apgar score | what is common stock |
what is vegetable stock | how is chicken stock made | when do tulips open | when does a flower close
| did Napoleon lose | did the Greeks win the battle of Marathon | did Ali win the fight against
Foreman | how long will it take to get to Mars | how long does it take to drive across America | how
do I get from metres to feet in my head quickly | how do I get a cat to like me | how do you get
from A to B in chess with a knight | who won the election of 1860 | who is playing Hamlet in the
film | what is the exchange rate mechanism | what is a dollar | who is on the ten dollar bill | why
is the pound called sterling | what is the golden hour in photography | why is there a full moon
every month | what is a delivery | what is showtime about | what lottery has the best odds | who
were the police | is there an emergency exit on a submarine
"""
