"""Sentences about something else that only contain words of everyday questions."""

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
